package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// repeatedSearch finds at least `count` searches, each at most `within` after the
// one before, and no other page viewed in between. One search may be told by
// several events: those within a second of the first are the same.
type repeatedSearch struct {
	streaks
	is   journey.Rule
	last event.Millis // time of the first event of the last search
	some bool
}

// oneSearch is how long the events of one search may be apart.
const oneSearch event.Millis = 1000

func (c SearchConfig) rule(is journey.Rule) rule {
	shared := &streakRule{kind: RepeatedSearch, count: c.Count, within: session.Millis(c.Within), gap: true}
	return rule{
		kind: RepeatedSearch, subjects: typesIn(c.Matches()), heeds: views,
		concerns: is,
		start:    func() detector { return &repeatedSearch{streaks: streaks{streakRule: shared}, is: is} },
		version:  fmt.Sprintf("repeated_search/1 count=%d within=%v", c.Count, c.Within),
	}
}

func (r *repeatedSearch) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		r.expire(in)
	case e.Type.IsView() && !r.is(e):
		r.finishAll(in)
		r.some = false
	case !r.is(e), r.some && e.Time < r.last+oneSearch:
	default:
		r.last, r.some = e.Time, true
		r.add(in, "")
	}
}

func (r *repeatedSearch) save(s *event.State) {
	r.streaks.save(s)
	event.Int(s, &r.last)
	s.Bool(&r.some)
}
