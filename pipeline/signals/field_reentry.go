package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var fieldReentrySignal = detect.Declaration{
	Name: "field_reentry", Revision: 2,
	Summary: "the same field entered again and again, others in between",
	Means:   "comes back to the same field",
	One:     "the same field entered at least 3 times within 60 s, and left in between",
	Counts:  "entries",
	Source: "Entered 3 times in 60 s, and left in between, for another field or for none: our choice. Coming back " +
		"once is mending a slip.",
	Weight: 0.10, Cap: 2, Where: detect.ByTarget,
	Thresholds: BurstThresholds{Enabled: true, Count: 3, Within: time.Minute},
	Needs:      []detect.Need{needField},
	Rule:       detect.RuleOf(fieldReentryRule),
	MostHeld:   maxBursts * (1 + detect.Most),
}

// fieldReentry finds a field that is entered at least `count` times on one page, the first to the last of so many at
// most `within`. A field is entered when it is focused or filled after another field, or after it was left. Looking
// at another window is not leaving. Sending a form resets the count.
type fieldReentry struct {
	bursts
	field string
	left  bool
	now   event.Millis
}

func fieldReentryRule(c BurstThresholds) detect.Rule {
	shared := c.bursts()
	return detect.Rule{
		Triggers: working, Observes: detect.Views | detect.Clicks | detect.TypesOf(event.Blur, event.Visibility, event.Submit),
		Starts: func(in *detect.Input) bool { return isField(in.Event.Target) },
		New:    func() detect.Detector { return &fieldReentry{bursts: bursts{burstRule: shared}} },
	}
}

// Observe counts an entry of a field when it is another field than the last one, was left by its blur, or was not used
// for longer than within.
func (f *fieldReentry) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		f.expire(in)
	case e.Type.IsView():
		if e.Page != in.On.Page {
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
		entered := f.left || e.Target.Name() != f.field || in.Now > f.now+f.within
		f.field, f.left, f.now = e.Target.Name(), false, in.Now
		if entered {
			f.add(in, f.field)
		}
	}
}

func (f *fieldReentry) Pending(now event.Millis) detect.Pending {
	r := f.bursts.Pending(now)
	r.Spent = r.Spent && f.now+f.within < now
	return r
}

func (f *fieldReentry) Save(s *event.State) {
	f.bursts.Save(s)
	event.Str(s, &f.field)
	s.Bool(&f.left)
	event.Int(s, &f.now)
}
