package detect

import "friction/pipeline/event"

// fieldReentry finds a field that is entered at least `count` times on one page,
// the first to the last of so many at most `within`. A field is entered when it
// is focused or filled, and another one was before.
type fieldReentry struct {
	streaks
	field string
	now   event.Millis
}

func fieldReentryRule(c BurstConfig) rule {
	shared := c.streaks(FieldReentry)
	return rule{
		kind: FieldReentry, subjects: working, heeds: views,
		begins:  func(in *input) bool { return isField(in.event.Target) },
		start:   func() detector { return &fieldReentry{streaks: streaks{streakRule: shared}} },
		version: c.version(FieldReentry, 1),
	}
}

func (f *fieldReentry) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		f.expire(in)
	case e.Type.IsView():
		if e.Page != in.on.name {
			f.finishAll(in)
			f.field = ""
		}
	case isField(e.Target):
		entered := e.Target.Name() != f.field || in.now > f.now+f.within
		f.field, f.now = e.Target.Name(), in.now
		if entered {
			f.add(in, f.field)
		}
	}
}

func (f *fieldReentry) rest(now event.Millis) rest {
	r := f.streaks.rest(now)
	r.spent = r.spent && f.now+f.within < now
	return r
}

func (f *fieldReentry) save(s *event.State) {
	f.streaks.save(s)
	event.Str(s, &f.field)
	event.Int(s, &f.now)
}
