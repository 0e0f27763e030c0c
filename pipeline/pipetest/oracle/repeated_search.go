package oracle

import "friction/pipeline/journey"

func repeatedSearch() *signal {
	return &signal{
		name: "repeated_search", usual: values{"count": "3", "within": "60s"}, count: "count", within: "within",
		find: repeatedSearches,
	}
}

// usualSearches are what a search is where nothing is configured.
var usualSearches = []journey.Match{
	{Type: journey.Values{"custom"}, Name: journey.Values{"search", "searched", "view_search_results"}},
	{Type: journey.Values{"submit"}, Op: journey.Values{"search", "*search*", "GET /search"}},
}

// repeatedSearches in a row; events less than a second after the first of a search are the same search.
func repeatedSearches(r *reading) []*finding {
	is := r.lists.RepeatedSearch.Match
	if len(is) == 0 {
		is = usualSearches
	}
	var items []item
	var last *occurrence
	for _, h := range r.s.seen {
		search := anyMatches(is, h.e)
		switch {
		case h.e.Type.IsView() && !search:
			items = append(items, item{h: h, key: "*", ends: true})
			last = nil
		case search && r.mine(h) && (last == nil || apart(last, h) >= 1000):
			last = h
			items = append(items, item{h: h})
		}
	}
	return r.bursts(items, burst{count: r.count("count"), within: r.span("within"), gap: true})
}
