package detect

import (
	"time"

	"friction/pipeline/event"
)

// Longest bounds every threshold, so that a session's memory of what came before
// stays bounded.
const Longest = 10 * time.Minute

// Most bounds every count, for the same reason.
const Most = 64

// Need is something without which a kind of signal cannot be found.
type Need struct {
	// What is missing where no event has it.
	What string
	// Send is what to send, or to configure, so that there is.
	Send string
	// Met reports whether an event has it. Nil: it is a matter of the configuration
	// alone, and missing.
	Met func(*event.Event) bool
}
