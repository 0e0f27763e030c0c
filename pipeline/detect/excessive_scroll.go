package detect

import (
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// excessiveScroll finds scrolling that turns round at least `count` times on one
// page, by at least `distance` each, the first to the last of so many turns at
// most `within`. y of a scroll event is how far the page is scrolled.
type excessiveScroll struct {
	streaks
	distance float64
	y        turns
	now      event.Millis
}

func excessiveScrollRule(c TurnsConfig) rule {
	shared := &streakRule{kind: ExcessiveScroll, count: c.Count, within: session.Millis(c.Within)}
	return rule{
		kind: ExcessiveScroll, subjects: typesOf(event.Scroll), heeds: views,
		begins:  func(in *input) bool { return in.event.Has(event.HasPosition) },
		start:   func() detector { return &excessiveScroll{streaks: streaks{streakRule: shared}, distance: c.Distance} },
		version: c.version(ExcessiveScroll),
	}
}

func (x *excessiveScroll) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		x.expire(in)
	case e.Type.IsView():
		x.finishAll(in)
		x.y = turns{}
	case e.Has(event.HasPosition):
		if in.now > x.now+x.within {
			x.y = turns{}
		}
		x.now = in.now
		if x.y.turn(e.Y, x.distance) {
			x.add(in, "")
		}
	}
}

func (x *excessiveScroll) rest(now event.Millis) rest {
	r := x.streaks.rest(now)
	r.spent = r.spent && x.now+x.within < now
	return r
}

func (x *excessiveScroll) save(s *event.State) {
	x.streaks.save(s)
	x.y.save(s)
	event.Int(s, &x.now)
}
