package oracle

import "friction/pipeline/event"

func crash() *signal {
	return &signal{
		name: "crash",
		find: func(r *reading) (found []*finding) {
			for _, h := range r.s.seen {
				if h.e.Type == event.Crash && r.mine(h) {
					found = append(found, r.s.alone(r.sig.name, h))
				}
			}
			return found
		},
	}
}

// crashed are the events of a session that are found as crashes.
func (o *oracle) crashed(s *history) map[*occurrence]bool {
	all := map[*occurrence]bool{}
	for _, r := range o.readings(s, crash()) {
		for _, f := range r.found() {
			all[f.events[0]] = true
		}
	}
	return all
}
