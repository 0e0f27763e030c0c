package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// typesIn is the event types that some rules may hold for.
func typesIn(list []journey.Match) (all detect.Types) {
	for _, m := range list {
		if len(m.Type) == 0 {
			return detect.Anything
		}
		for _, name := range m.Type {
			if t, ok := event.TypeOf(name); ok {
				all |= 1 << t
			}
		}
	}
	return all
}
