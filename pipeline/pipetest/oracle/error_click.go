package oracle

import (
	"math"

	"friction/pipeline/event"
)

func errorClick() *signal {
	return &signal{
		name: "error_click", usual: values{"within": "2s"}, within: "within",
		absorbedBy: []string{"rage_click", "rage_tap"}, awaitsRage: true,
		find: errorClicks,
	}
}

// errorClicks gives every error one click: the latest before it that has none. What errors there are is the same for
// every rule.
func errorClicks(r *reading) []*finding {
	s, within := r.s, r.span("within")
	crashes := r.crashed(s)
	paired := map[*occurrence]bool{}
	var found []*finding
	for i, h := range s.seen {
		isClick, isError := h.e.Type.IsClick() && r.mine(h), fails(h.e)
		if !isClick && !isError {
			continue
		}
		var click, failure *occurrence
		for _, other := range s.seen[:i] {
			a, b := other, h
			if isClick {
				a, b = h, other
			}
			if paired[other] || !a.e.Type.IsClick() || !r.mine(a) || !fails(b.e) || lapsed(a, b, within+patience) {
				continue
			}
			if d := apart(a, b); d < 0 || d > within {
				continue
			}
			if click == nil || isError && apart(click, a) >= 0 || isClick && apart(failure, b) < 0 {
				click, failure = a, b
			}
		}
		if click == nil {
			continue
		}
		paired[click], paired[failure] = true, true
		f := run(r.sig.name, []*occurrence{click, failure}, 1)
		f.op, f.made, f.began = failure.e.Op, s.index(h), s.index(click)
		f.claims = []int{math.MaxInt, f.made}
		if crashes[failure] { // the crash has been counted
			f.absorbed, f.claims = "crash", nil
		}
		found = append(found, f)
	}
	return found
}

func fails(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Failed() || e.Type == event.Submit && e.Status >= 400
}
