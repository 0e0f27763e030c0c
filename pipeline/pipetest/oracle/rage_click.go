package oracle

import "friction/pipeline/event"

func rageClick() *signal {
	return &signal{
		name: "rage_click", usual: rageUsual("4", "place"), count: "clicks", within: "within", distance: "distance",
		find: func(r *reading) []*finding { return r.rage(event.Click).found },
	}
}
