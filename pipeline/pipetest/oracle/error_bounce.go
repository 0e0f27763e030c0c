package oracle

import "slices"

func errorBounce() *signal {
	return &signal{name: "error_bounce", usual: values{"within": "30s"}, within: "within", find: errorBounces}
}

// errorBounces are sessions of one page at most.
func errorBounces(r *reading) []*finding {
	views := r.s.views()
	if slices.ContainsFunc(views, func(h *occurrence) bool { return !samePage(h, views[0]) }) {
		return nil
	}
	return r.leaving()
}
