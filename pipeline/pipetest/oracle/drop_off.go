package oracle

import "friction/pipeline/journey"

func dropOff() *signal {
	return &signal{name: "drop_off", visit: func(v *visit) bool { return v.outcome == journey.Dropped }}
}
