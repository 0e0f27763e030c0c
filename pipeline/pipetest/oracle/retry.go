package oracle

import "friction/pipeline/event"

func retry() *signal {
	return &signal{
		name: "retry", usual: values{"within": "30s", "slow": "10s"}, within: "within",
		absorbedBy: []string{"validation_loop", "request_storm", "slow_response"},
		find:       retries,
	}
}

// retries looks at the tries of each operation in a row.
func retries(r *reading) []*finding {
	s, within := r.s, r.span("within")
	tries := map[string][]*occurrence{}
	var ops []string
	for _, h := range s.seen {
		if h.e.Op != "" && (h.e.Type.IsAttempt() || h.e.Answered()) && r.mine(h) {
			if tries[h.e.Op] == nil {
				ops = append(ops, h.e.Op)
			}
			tries[h.e.Op] = append(tries[h.e.Op], h)
		}
	}
	slow := r.span("slow")
	bad := func(e *event.Event) bool {
		return e.Failed() || !e.Answered() || e.Has(event.HasDuration) && e.Duration >= slow
	}
	again := func(a, b *occurrence) bool {
		d := apart(a, b)
		return bad(a.e) && d >= 0 && d <= within
	}
	var found []*finding
	for _, op := range ops {
		list := tries[op]
		for i := 0; i+1 < len(list); i++ {
			if !again(list[i], list[i+1]) || lapsed(list[i], list[i+1], within+patience) {
				continue
			}
			k := i + 1
			for k+1 < len(list) && again(list[k], list[k+1]) && !lapsed(list[k], list[k+1], within) {
				k++
			}
			last := list[k]
			f := run(r.sig.name, list[i:k+1], k-i)
			f.began = s.index(list[i])
			s.claimed(f, 2)
			f.outcome = ending(list[i:k+1], slow)
			f.made = s.over(last, within, func(h *occurrence) bool {
				return k+1 < len(list) && h == list[k+1] && bad(h.e)
			})
			if !bad(last.e) {
				f.made = s.index(last)
			}
			found = append(found, f)
			i = k // a try belongs to one run
		}
	}
	return found
}

// ending says how the last of some tries went, and whether each was waited for
// half as long again as the one before.
func ending(tries []*occurrence, slow event.Millis) string {
	last := tries[len(tries)-1].e
	how := "recovered"
	if last.Has(event.HasDuration) && last.Duration >= slow {
		how = "slow"
	}
	if !last.Answered() {
		how = "unanswered"
	}
	if last.Failed() {
		how = "failed"
	}
	for i := 2; i < len(tries); i++ {
		before := tries[i-1].e.Time - tries[i-2].e.Time
		if before == 0 || float64(tries[i].e.Time-tries[i-1].e.Time) < 1.5*float64(before) {
			return how
		}
	}
	if len(tries) > 2 {
		how += "_backoff"
	}
	return how
}
