package oracle

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

func helpSeeking() *signal {
	return &signal{name: "help_seeking", usual: values{"within": "60s"}, within: "within", find: helps}
}

// usualHelp is what asks for help where nothing is configured.
var usualHelp = []journey.Match{
	{Type: journey.Values{"support"}},
	{Type: journey.Values{"page_view", "screen_view"}, Page: journey.Values{
		"/help", "/help/**", "/support", "/support/**", "/faq", "/faq/**", "/contact", "/contact/**", "Help", "Support", "Contact",
	}},
}

// helps are events of asking on an open visit of a configured journey.
func helps(r *reading) []*finding {
	asks := r.lists.HelpSeeking.Match
	if len(asks) == 0 {
		asks = usualHelp
	}
	var items []item
	for _, h := range r.s.seen {
		if !anyMatches(asks, h.e) || !r.mine(h) {
			continue
		}
		if slices.ContainsFunc(r.visits(r.s, seen(r.s.all[:r.s.index(h)])), func(v *visit) bool { return !v.site && v.left == event.Never && v.outcome == journey.Open }) {
			items = append(items, item{h: h})
		}
	}
	return r.bursts(items, burst{count: 1, within: r.span("within"), gap: true})
}
