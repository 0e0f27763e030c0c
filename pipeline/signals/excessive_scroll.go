package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// excessiveScroll finds scrolling that turns round at least `count` times on one
// page, by at least `distance` each, the first to the last of so many turns at
// most `within`. y of a scroll event is how far the page is scrolled.
type excessiveScroll struct {
	bursts
	distance float64
	y        reversals
	now      event.Millis
}

// ExcessiveScrollRule compiles the thresholds.
func ExcessiveScrollRule(c TurnsConfig) detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Scroll), Observes: detect.Views,
		Starts: func(in *detect.Input) bool { return in.Event.Has(event.HasPosition) },
		New: func() detect.Detector {
			return &excessiveScroll{bursts: bursts{burstRule: shared}, distance: c.Distance}
		},
		Version: c.version("excessive_scroll"),
	}
}

func (x *excessiveScroll) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		x.expire(in)
	case e.Type.IsView():
		x.finishAll(in)
		x.y = reversals{}
	case e.Has(event.HasPosition):
		if in.Now > x.now+x.within {
			x.y = reversals{}
		}
		x.now = in.Now
		if x.y.turn(e.Y, x.distance) {
			x.add(in, "")
		}
	}
}

func (x *excessiveScroll) Pending(now event.Millis) detect.Pending {
	r := x.bursts.Pending(now)
	r.Spent = r.Spent && x.now+x.within < now
	return r
}

func (x *excessiveScroll) Save(s *event.State) {
	x.bursts.Save(s)
	x.y.save(s)
	event.Int(s, &x.now)
}
