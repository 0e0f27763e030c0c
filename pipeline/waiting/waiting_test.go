package waiting

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// listener keeps what is said.
type listener struct {
	mu   sync.Mutex
	said []string
}

func (l *listener) say(n Notice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, n.String())
}

func (l *listener) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(l.said, want) {
		t.Errorf("said %q\nwant %q", l.said, want)
	}
	l.said = nil
}

var errRefused = errors.New("connection refused")

func TestItIsSaidOnceAndThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l listener
		ctx := Patience{Limit: 30 * time.Second, Say: l.say}.In(t.Context())
		ask, w := Begin(ctx, "Kafka at a:9092", "look up topics clicks")
		inner, part := Begin(ask, "Kafka at a:9092", "dial")
		_ = part.End(errRefused)
		time.Sleep(5*time.Second - time.Millisecond)
		l.want(t)
		time.Sleep(time.Millisecond)
		l.want(t, "waiting for Kafka at a:9092 (look up topics clicks): connection refused")
		time.Sleep(20 * time.Second)
		l.want(t)
		w.Failed(errors.New("still refused"))
		<-inner.Done()
		err := w.End(inner.Err())
		var gave *NoAnswerError
		if !errors.As(err, &gave) || !errors.As(context.Cause(ask), &gave) ||
			err.Error() != "no answer from Kafka at a:9092 within 30s (look up topics clicks): still refused" {
			t.Errorf("%v, cause %v", err, context.Cause(ask))
		}
		l.want(t)
	})
}

func TestAnAnswerEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l listener
		ctx := Patience{Limit: 30 * time.Second, Say: l.say}.In(t.Context())
		ask, w := Begin(ctx, "ClickHouse at b", "read sessions")
		time.Sleep(4 * time.Second)
		if err := w.End(nil); err != nil || ask.Err() == nil {
			t.Errorf("%v, context %v", err, ask.Err())
		}
		_, w = Begin(ctx, "ClickHouse at b", "read sessions")
		time.Sleep(7 * time.Second)
		if err := w.End(errRefused); !errors.Is(err, errRefused) || err.Error() != errRefused.Error() {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		l.want(t, "waiting for ClickHouse at b (read sessions): no answer for 5s")
		ask, w = Begin(ctx, "ClickHouse at b", "read sessions")
		<-ask.Done()
		if err := w.End(ask.Err()); err.Error() != "no answer from ClickHouse at b within 30s (read sessions): it takes connections and says nothing" {
			t.Error(err)
		}
	})
}

// Many who wait for one server say it once, and again from time to time; that it answers is said when the last one has its answer.
func TestManyWaitForOneServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l listener
		ctx := Patience{Again: time.Minute, Say: l.say}.In(t.Context())
		var all []*Wait
		for range 20 {
			_, w := Begin(ctx, "Kafka at a", "read topic t")
			w.Failed(errRefused)
			all = append(all, w)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(30 * time.Second)
		l.want(t, "waiting for Kafka at a (read topic t): connection refused")
		time.Sleep(time.Minute)
		l.want(t, "waiting for Kafka at a (read topic t): connection refused")
		for _, w := range all {
			l.want(t)
			_ = w.End(nil)
		}
		l.want(t, "Kafka at a answers again")
	})
}

func TestWithoutPatienceNothingHappens(t *testing.T) {
	ctx, w := Begin(t.Context(), "x", "y")
	w.Failed(errRefused)
	if err := w.End(errRefused); err != errRefused || ctx != t.Context() { //nolint:errorlint // the same one
		t.Error(err)
	}
}
