package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var thrashedCursorSignal = detect.Declaration{
	Name: "thrashed_cursor", Revision: 1,
	Summary: "the pointer shaken to and fro on one axis",
	Means:   "shakes the pointer",
	One:     "the pointer turns round at least 20 times on one axis within 2 s",
	Counts:  "reversals",
	Source:  "20 changes of direction on one axis in 2 s, as Amplitude; 5 px for a change to count: our choice.",
	Weight:  0.15, Cap: 2, Where: detect.ByPage,
	Thresholds: ReversalThresholds{Enabled: true, Count: 20, Within: 2 * time.Second, Distance: 5},
	Needs: []detect.Need{
		needs("moves of the mouse", `{"type": "mouse_move", "x", "y"} about every 50 ms while it moves`, detect.TypesOf(event.MouseMove), hasPosition),
	},
	Rule:     detect.RuleOf(thrashedCursorRule),
	MostHeld: 2 * (1 + detect.Most),
}

// thrashedCursor finds a pointer that turns round at least `count` times on one
// axis, the first to the last of so many turns at most `within`. While one axis
// has a burst, the other is not looked at.
type thrashedCursor struct {
	bursts
	distance float64
	x, y     reversals
	now      event.Millis
}

func thrashedCursorRule(c ReversalThresholds) detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.MouseMove),
		Starts:   func(in *detect.Input) bool { return in.Event.Has(event.HasPosition) },
		New: func() detect.Detector {
			return &thrashedCursor{bursts: bursts{burstRule: shared}, distance: c.Distance}
		},
	}
}

func (t *thrashedCursor) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		t.expire(in)
	case e.Has(event.HasPosition):
		if in.Now > t.now+t.within {
			t.x, t.y = reversals{}, reversals{}
		}
		t.now = in.Now
		if t.x.turn(e.X, t.distance) && !t.running("y") {
			t.add(in, "x")
		}
		if t.y.turn(e.Y, t.distance) && !t.running("x") {
			t.add(in, "y")
		}
	}
}

func (t *thrashedCursor) Pending(now event.Millis) detect.Pending {
	r := t.bursts.Pending(now)
	r.Spent = r.Spent && t.now+t.within < now
	return r
}

func (t *thrashedCursor) Save(s *event.State) {
	t.bursts.Save(s)
	t.x.save(s)
	t.y.save(s)
	event.Int(s, &t.now)
}
