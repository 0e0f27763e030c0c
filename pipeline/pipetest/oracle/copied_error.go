package oracle

import (
	"cmp"

	"friction/pipeline/event"
)

func copiedError() *signal {
	return &signal{name: "copied_error", usual: values{"within": "10s"}, within: "within", find: copiedErrors}
}

// copiedErrors looks, for each selection, at the latest failure: it must have been
// on the same page, not too long ago, and not have been copied before.
func copiedErrors(r *reading) (found []*finding) {
	within := r.span("within")
	var failure *occurrence
	var page, failurePage string
	for _, h := range r.s.seen {
		on := cmp.Or(h.e.Page, page)
		if failure != nil && lapsed(failure, h, within+patience) {
			failure = nil
		}
		switch {
		case fails(h.e):
			if failure == nil || apart(failure, h) >= 0 {
				failure, failurePage = h, on
			}
		case h.e.Type == event.Selection && failure != nil && on == failurePage && r.mine(h):
			if d := apart(failure, h); d >= 0 && d <= within {
				f := run(r.sig.name, []*occurrence{failure, h}, 1)
				f.page, f.target, f.made = failurePage, h.e.Target.Name(), r.s.index(h)
				found = append(found, f)
				failure = nil
			}
		}
		if h.e.Type.IsView() {
			page = h.e.Page
		}
	}
	return found
}
