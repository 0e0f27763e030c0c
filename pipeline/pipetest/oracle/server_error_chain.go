package oracle

func serverErrorChain() *signal {
	return &signal{
		name: "server_error_chain", usual: values{"count": "3", "within": "30s", "operations": "2"}, count: "count", within: "within",
		find: chains,
	}
}

// chains are failures in a row, of several operations.
func chains(r *reading) []*finding {
	var items []item
	for _, h := range r.s.seen {
		if h.e.Op != "" && h.e.Answered() && r.mine(h) {
			d := item{h: h}
			if h.e.Status < 500 {
				d.key, d.ends = "*", true
			}
			items = append(items, d)
		}
	}
	return r.bursts(items, burst{
		count: r.count("count"), within: r.span("within"), gap: true,
		enough: func(list []*occurrence) bool {
			ops := map[string]bool{}
			for _, h := range list {
				ops[h.e.Op] = true
			}
			return len(ops) >= r.count("operations")
		},
	})
}
