package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Matches are the rules in force.
func (c SearchConfig) Matches() []journey.Match {
	if len(c.Match) > 0 {
		return c.Match
	}
	return []journey.Match{
		{Type: journey.Values{"custom"}, Name: journey.Values{"search", "searched", "view_search_results"}},
		{Type: journey.Values{"submit"}, Op: journey.Values{"search", "*search*", "GET /search"}},
	}
}

// Matches are the rules in force.
func (c HelpConfig) Matches() []journey.Match {
	if len(c.Match) > 0 {
		return c.Match
	}
	return []journey.Match{
		{Type: journey.Values{"support"}},
		{
			Type: journey.Values{"page_view", "screen_view"},
			Page: journey.Values{"/help", "/help/**", "/support", "/support/**", "/faq", "/faq/**", "/contact", "/contact/**", "Help", "Support", "Contact"},
		},
	}
}

// Unhappy are the scales in force: detractors of the net promoter score are 0 to 6
// of 10; of five stars, and of a satisfaction from 1 to 5, the two lowest count.
func (c SurveyConfig) Unhappy() []ScaleConfig {
	if len(c.Scales) > 0 {
		return c.Scales
	}
	return []ScaleConfig{
		{Attr: "nps", AtMost: 6},
		{Attr: "csat", AtMost: 2},
		{Attr: "rating", AtMost: 2},
		{Attr: "score", AtMost: 2},
		{Attr: "stars", AtMost: 2},
		{Attr: "ces", AtMost: 3},
		{Attr: "answer", AtMost: -1, Words: []string{"no", "bad", "negative", "unhappy", "dissatisfied", "thumbs_down"}},
		{Attr: "sentiment", AtMost: -1, Words: []string{"bad", "negative", "unhappy"}},
	}
}

// typesIn is the event types that some rules may hold for.
func typesIn(list []journey.Match) (all detect.Types) {
	for _, m := range list {
		if len(m.Type) == 0 {
			return detect.Anything
		}
		for _, name := range m.Type {
			if t, ok := event.TypeOf(name); ok {
				all |= 1 << t
			}
		}
	}
	return all
}
