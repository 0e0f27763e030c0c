package oracle

import "friction/pipeline/event"

func rageTap() *signal {
	return &signal{
		name: "rage_tap", usual: rageUsual("3", "place"), count: "clicks", within: "within", distance: "distance",
		find: func(r *reading) []*finding { return r.rage(event.Tap).found },
	}
}
