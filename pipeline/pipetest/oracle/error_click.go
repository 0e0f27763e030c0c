package oracle

import (
	"math"

	"friction/pipeline/event"
)

func errorClick() *signal {
	return &signal{
		name: "error_click", usual: values{"within": "2s", "errors": lines("error", "crash", "request", "submit")}, within: "within",
		absorbedBy: []string{"rage_click", "rage_tap"}, awaitsRage: true,
		find: errorClicks,
	}
}

// errorClicks gives every error one click: the latest before it that has none. What errors there are is the same for
// every rule.
func errorClicks(r *reading) []*finding {
	s, within, latest := r.s, r.span("within"), r.on("compat.latest")
	crashes := r.crashed(s)
	paired := map[*occurrence]bool{}
	var found []*finding
	for i, h := range s.seen {
		isClick, isError := h.e.Type.IsClick() && r.mine(h), r.errs(h.e)
		if !isClick && !isError {
			continue
		}
		var click, failure *occurrence
		for _, other := range s.seen[:i] {
			a, b := other, h
			if isClick {
				a, b = h, other
			}
			if paired[other] && !(latest && isError) || !a.e.Type.IsClick() || !r.mine(a) || !r.errs(b.e) || lapsed(a, b, within+patience) {
				continue
			}
			if d := apart(a, b); d < 0 || d > within {
				continue
			}
			if click == nil || isError && apart(click, a) >= 0 || isClick && apart(failure, b) < 0 {
				click, failure = a, b
			}
		}
		if click == nil || paired[click] { // of products that look at the latest click alone, it may have its error
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

// errs says that an event is an error of the rule.
func (r *reading) errs(e *event.Event) bool { return fails(e) && r.listed("errors", e.Type.String()) }

func fails(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Failed() || e.Type == event.Submit && e.Status >= 400
}
