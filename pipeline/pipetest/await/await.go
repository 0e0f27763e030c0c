package await

import (
	"testing"
	"time"
)

// pause lies between two looks at a condition.
const pause = 20 * time.Millisecond

// True waits until a condition holds, and fails the test when it does not within
// the limit. The condition is called on the test's goroutine, so it may end the test itself.
func True(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
