package oracle

import "friction/pipeline/journey"

func backTracking() *signal {
	return &signal{name: "back_tracking", visit: func(v *visit) bool { return v.outcome == journey.Back }}
}
