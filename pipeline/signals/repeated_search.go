package signals

import (
	"fmt"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

var repeatedSearchSignal = detect.Declaration{
	Name: "repeated_search", Revision: 1,
	Summary: "search after search, no result opened",
	Means:   "does not find what they look for",
	One:     "at least 3 searches, each at most 60 s after the last, no result opened in between",
	Counts:  "searches",
	Source:  "3 searches, each within 60 s, no result opened in between: our choice.",
	Weight:  0.15, Cap: 2, Where: detect.ByOperation,
	Thresholds: SearchThresholds{Enabled: true, Count: 3, Within: time.Minute},
	NeedsOf:    needsOf(SearchThresholds.needs),
	Rule:       detect.RuleOrError(SearchThresholds.rule),
	MostHeld:   1 + detect.Most,
}

// SearchThresholds bounds searches.
type SearchThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many searches make a signal.
	Count int `yaml:"count" min:"2" max:"64"`
	// Within is how soon one search follows the other.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Match lists rules of which one must hold for a search. Empty is custom events search, searched and view_search_results, pages below /search, and submits of a search.
	Match []journey.Match `yaml:"match"`
}

// Matches are the rules in force.
func (c SearchThresholds) Matches() []journey.Match {
	if len(c.Match) > 0 {
		return c.Match
	}
	return []journey.Match{
		{Type: journey.Values{"custom"}, Name: journey.Values{"search", "searched", "view_search_results"}},
		{Type: journey.Values{"submit"}, Op: journey.Values{"search", "*search*", "GET /search"}},
	}
}

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

func (c SearchThresholds) rule() (detect.Rule, error) {
	is, err := journey.CompileAny(c.Matches())
	if err != nil {
		return detect.Rule{}, fmt.Errorf(".match%w", err)
	}
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within), gap: true}
	return detect.Rule{
		Triggers: typesIn(c.Matches()), Observes: detect.Views,
		Concerns: is,
		New:      func() detect.Detector { return &repeatedSearch{bursts: bursts{burstRule: shared}, is: is} },
	}, nil
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

// needs are a search.
func (c SearchThresholds) needs(journey.Config) ([]detect.Need, error) {
	is, err := journey.CompileAny(c.Matches())
	if err != nil {
		return nil, fmt.Errorf(".match%w", err)
	}
	return []detect.Need{{
		What: "a search", Met: is,
		Send: `{"type": "submit", "op": "search"} or {"type": "custom", "name": "search"} for each search; other names: signals.repeated_search.match`,
	}}, nil
}
