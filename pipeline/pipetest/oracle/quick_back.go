package oracle

func quickBack() *signal {
	return &signal{
		name: "quick_back", usual: values{"within": "5s"}, within: "within", absorbedBy: []string{"page_loop"},
		find: quickBacks,
	}
}

// quickBacks looks at three views in a row, of which the last two are for this
// rule.
func quickBacks(r *reading) []*finding {
	s, within := r.s, r.span("within")
	v := r.views()
	hit := func(k int) bool {
		return k < len(v) && r.mine(v[k-1]) && r.mine(v[k]) && samePage(v[k], v[k-2]) && !samePage(v[k], v[k-1]) &&
			apart(v[k-1], v[k]) <= within && !lapsed(v[k-1], v[k], within+patience)
	}
	var found []*finding
	for k := 2; k < len(v); k++ {
		if !hit(k) {
			continue
		}
		last := k
		for hit(last+1) && !lapsed(v[last], v[last+1], within) {
			last++
		}
		f := run(r.sig.name, v[k-1:last+1], last-k+1)
		f.began = s.index(v[k])
		f.made = s.over(v[last], within, func(h *occurrence) bool { return h.e.Type.IsView() && !h.again && r.mine(h) })
		found = append(found, f)
		k = last
	}
	return found
}

// views are the page views of the session. One that is for another rule and shows the page one is on already is none.
func (r *reading) views() (all []*occurrence) {
	for _, h := range r.s.views() {
		if h.again {
			continue
		}
		if n := len(all); r.mine(h) || n == 0 || !samePage(all[n-1], h) {
			all = append(all, h)
		}
	}
	return all
}
