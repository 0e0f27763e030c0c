package oracle

import "friction/pipeline/journey"

func backTracking() *signal {
	return &signal{name: "back_tracking", visit: func(v *stay) bool { return v.outcome == journey.Back }}
}
