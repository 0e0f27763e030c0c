package signals

import (
	"fmt"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// repeatedSearch finds at least `count` searches, each at most `within` after the
// one before, and no other page viewed in between. One search may be told by
// several events: those within a second of the first are the same.
type repeatedSearch struct {
	bursts
	is   journey.Rule
	last event.Millis // time of the first event of the last search
	some bool
}

// oneSearch is how long the events of one search may be apart.
const oneSearch event.Millis = 1000

// Rule compiles the thresholds.
func (c SearchConfig) Rule(is journey.Rule) detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within), gap: true}
	return detect.Rule{
		Triggers: typesIn(c.Matches()), Observes: detect.Views,
		Concerns: is,
		New:      func() detect.Detector { return &repeatedSearch{bursts: bursts{burstRule: shared}, is: is} },
		Version:  fmt.Sprintf("repeated_search/1 count=%d within=%v", c.Count, c.Within),
	}
}

func (r *repeatedSearch) Observe(in *detect.Input) {
	e := in.Event
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

func (r *repeatedSearch) Save(s *event.State) {
	r.bursts.Save(s)
	event.Int(s, &r.last)
	s.Bool(&r.some)
}
