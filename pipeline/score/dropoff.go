package score

import (
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// DropOff is the name of the signal that visits make which end with their session. It
// is an outcome, and no trouble by itself.
var DropOff = nameOf(journey.Dropped)

// nameOf is the name of the signal that an outcome of visits makes, "" for none.
func nameOf(o journey.Outcome) string {
	for _, d := range signals.All() {
		if d.Outcome == o {
			return d.Name
		}
	}
	return ""
}
