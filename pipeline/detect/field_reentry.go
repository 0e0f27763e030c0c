package detect

import "friction/pipeline/event"

// fieldReentry finds a field that is entered at least `count` times on one page,
// the first to the last of so many at most `within`. A field is entered when it
// is focused or filled, and another one was before, or it was left: who looks
// away meanwhile has not left it. A form that is sent begins anew.
type fieldReentry struct {
	streaks
	field string
	left  bool
	now   event.Millis
}

func fieldReentryRule(c BurstConfig) rule {
	shared := c.streaks(FieldReentry)
	return rule{
		kind: FieldReentry, subjects: working, heeds: views | clicks | typesOf(event.Blur, event.Visibility, event.Submit),
		begins:  func(in *input) bool { return isField(in.event.Target) },
		start:   func() detector { return &fieldReentry{streaks: streaks{streakRule: shared}} },
		version: c.version(FieldReentry, 2),
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
	case e.Type == event.Blur:
		f.left = f.left || e.Target.Name() == f.field
	case e.Type == event.Visibility:
		f.left = false
	case e.Type.IsClick() || e.Type == event.Submit:
		if sends(e) {
			f.finishAll(in)
			f.field = ""
		}
	case isField(e.Target):
		entered := f.left || e.Target.Name() != f.field || in.now > f.now+f.within
		f.field, f.left, f.now = e.Target.Name(), false, in.now
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
	s.Bool(&f.left)
	event.Int(s, &f.now)
}
