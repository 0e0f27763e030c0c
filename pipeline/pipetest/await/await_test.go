package await_test

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"friction/pipeline/pipetest/await"
)

// silent is a test whose failure is looked at.
type silent struct {
	testing.TB
	failed string
}

func (*silent) Helper() {}

func (s *silent) Fatalf(format string, args ...any) {
	s.failed = format
	runtime.Goexit()
}

func TestTrueEndsWithTheCondition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		await.True(t, time.Minute, "three seconds", func() bool { return time.Since(began) >= 3*time.Second })
		if took := time.Since(began); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestTrueFailsAtTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, s := time.Now(), &silent{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			await.True(s, time.Minute, "nothing", func() bool { return false })
		}()
		<-done
		if took := time.Since(began); !strings.HasPrefix(s.failed, "not within") || took < time.Minute || took > 61*time.Second {
			t.Errorf("it said %q after %v", s.failed, took)
		}
	})
}
