package oracle

func pageLoop() *signal {
	return &signal{
		name: "page_loop", usual: values{"entries": "3", "within": "15s"}, count: "entries", within: "within",
		find: pageLoops,
	}
}

// pageLoops goes from entry to entry. One circle is one loop, so none begins
// while one goes on.
func pageLoops(r *reading) []*finding {
	s, within := r.s, r.span("within")
	var found []*finding
	var loose, circle []*occurrence
	began := 0 // entries when it became a loop
	finish := func() {
		if circle == nil {
			return
		}
		last := circle[len(circle)-1]
		f := run(r.sig.name, circle, len(circle))
		s.claimed(f, began)
		f.made = s.over(last, within, func(h *occurrence) bool { return h.e.Type.IsView() && !h.again && r.mine(h) && apart(last, h) > within })
		found, circle = append(found, f), nil
	}
	var on *occurrence
	for _, h := range s.views() {
		if h.again {
			continue
		}
		again := on != nil && samePage(h, on)
		on = h
		if !r.mine(h) {
			continue
		}
		if n := len(circle); n > 0 && (apart(circle[n-1], h) > within || lapsed(circle[n-1], h, within)) {
			finish()
		}
		if again {
			continue
		}
		if circle != nil && samePage(circle[0], h) {
			circle = append(circle, h)
			continue
		}
		loose = append(loose, h)
		if circle != nil {
			continue
		}
		var same, others []*occurrence
		for _, x := range loose {
			switch {
			case apart(x, h) > within || lapsed(x, h, within+patience):
			case samePage(x, h):
				same = append(same, x)
			default:
				others = append(others, x)
			}
		}
		if len(same) >= r.count("entries") {
			circle, loose, began = same, others, len(same)
		}
	}
	finish()
	return found
}
