package oracle

import (
	"slices"

	"friction/pipeline/event"
)

func crashRestart() *signal {
	return &signal{name: "crash_restart", usual: values{"within": "30s"}, within: "within", absorbedBy: []string{"crash"}, find: restarts}
}

// restarts looks, from each crash, for the first start after it and before the
// next crash.
func restarts(r *reading) (found []*finding) {
	s, within := r.s, r.span("within")
	for i, crash := range s.seen {
		if crash.e.Type != event.Crash || !r.mine(crash) {
			continue
		}
		for _, h := range s.seen[i+1:] {
			if h.e.Type == event.Crash {
				if r.mine(h) {
					break
				}
				continue // the crash of another rule
			}
			starts := h.e.Type == event.Lifecycle && slices.Contains(r.lists.CrashRestart.Names, h.e.Name) ||
				h.e.Client != "" && crash.e.Client != "" && h.e.Client != crash.e.Client
			if !starts || apart(crash, h) < 0 {
				continue
			}
			if apart(crash, h) <= within && !lapsed(crash, h, within+patience) {
				f := run(r.sig.name, []*occurrence{crash, h}, 1)
				f.made, f.began = s.index(h), s.index(crash)
				found = append(found, f)
			}
			break
		}
	}
	return found
}
