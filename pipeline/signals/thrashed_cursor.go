package signals

import (
	"fmt"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// thrashedCursor finds a pointer that turns round at least `count` times on one
// axis, the first to the last of so many turns at most `within`. While one axis
// has a run, the other is not looked at.
type thrashedCursor struct {
	bursts
	distance float64
	x, y     reversals
	now      event.Millis
}

// ThrashedCursorRule compiles the thresholds.
func ThrashedCursorRule(c TurnsConfig) detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.MouseMove),
		Starts:   func(in *detect.Input) bool { return in.Event.Has(event.HasPosition) },
		New: func() detect.Detector {
			return &thrashedCursor{bursts: bursts{burstRule: shared}, distance: c.Distance}
		},
		Version: c.version("thrashed_cursor"),
	}
}

func (c TurnsConfig) version(name string) string {
	return fmt.Sprintf("%s/1 count=%d within=%v distance=%gpx", name, c.Count, c.Within, c.Distance)
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
