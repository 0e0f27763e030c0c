package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// thrashedCursor finds a pointer that turns round at least `count` times on one
// axis, the first to the last of so many turns at most `within`. While one axis
// has a run, the other is not looked at.
type thrashedCursor struct {
	streaks
	distance float64
	x, y     turns
	now      event.Millis
}

func thrashedCursorRule(c TurnsConfig) rule {
	shared := &streakRule{kind: ThrashedCursor, count: c.Count, within: session.Millis(c.Within)}
	return rule{
		kind: ThrashedCursor, subjects: typesOf(event.MouseMove),
		begins:  func(in *input) bool { return in.event.Has(event.HasPosition) },
		start:   func() detector { return &thrashedCursor{streaks: streaks{streakRule: shared}, distance: c.Distance} },
		version: c.version(ThrashedCursor),
	}
}

func (c TurnsConfig) version(k Kind) string {
	return fmt.Sprintf("%s/1 count=%d within=%v distance=%gpx", k, c.Count, c.Within, c.Distance)
}

func (t *thrashedCursor) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		t.expire(in)
	case e.Has(event.HasPosition):
		if in.now > t.now+t.within {
			t.x, t.y = turns{}, turns{}
		}
		t.now = in.now
		if t.x.turn(e.X, t.distance) && !t.running("y") {
			t.add(in, "x")
		}
		if t.y.turn(e.Y, t.distance) && !t.running("x") {
			t.add(in, "y")
		}
	}
}

func (t *thrashedCursor) rest(now event.Millis) rest {
	r := t.streaks.rest(now)
	r.spent = r.spent && t.now+t.within < now
	return r
}

func (t *thrashedCursor) save(s *event.State) {
	t.streaks.save(s)
	t.x.save(s)
	t.y.save(s)
	event.Int(s, &t.now)
}
