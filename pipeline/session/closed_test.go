package session

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// lived is a session in a plain list of those that have closed.
type lived struct {
	key        event.Key
	start, end event.Millis
}

// covered reads the rule over a plain list.
func covered(past []lived, horizon event.Millis, key event.Key, t event.Millis) bool {
	n := 0
	for _, s := range slices.Backward(past) {
		if s.key != key {
			continue
		}
		if n++; n > mostSpans || s.start <= t && t <= s.end {
			return true
		}
	}
	return t <= horizon
}

// Whatever closes, and however few may be remembered, what is covered is what a list says; also after it was saved.
func TestClosedSessionsAgreeWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{AcceptLate: 5 * time.Second, MaxClosed: rapid.IntRange(1, 40).Draw(t, "most")}
		closed := NewClosed(c)
		var past []lived
		horizon, now := event.Beginning, event.Millis(0)
		for range rapid.IntRange(0, 120).Draw(t, "closings") {
			now += event.Millis(rapid.SampledFrom([]int{0, 1, 50, 400}).Draw(t, "later"))
			s := lived{key: event.Key{Hi: rapid.Uint64Range(0, 3).Draw(t, "key")}}
			s.end = now - event.Millis(rapid.SampledFrom([]int{0, 10, 1000, 4999, 5000, 5001}).Draw(t, "ended"))
			s.start = s.end - event.Millis(rapid.SampledFrom([]int{0, 1, 300}).Draw(t, "lasted"))
			lost := uint64(0)
			for len(past) > 0 && past[0].end+5000 < now {
				past = past[1:]
			}
			if s.end+5000 >= now {
				if len(past) == c.MaxClosed {
					horizon, past, lost = max(horizon, past[0].end), past[1:], 1
				}
				past = append(past, s)
			}
			if got := closed.Add(s.key, s.start, s.end, now); got != lost || closed.Len() != len(past) {
				t.Fatalf("%d forgotten, %d remembered; want %d and %d", got, closed.Len(), lost, len(past))
			}
			if rapid.IntRange(0, 9).Draw(t, "saved") == 0 {
				closed = throughState(t, c, &closed)
			}
			key, at := event.Key{Hi: rapid.Uint64Range(0, 3).Draw(t, "whose")}, now-event.Millis(rapid.IntRange(0, 5300).Draw(t, "ago"))
			if got, want := closed.Covers(key, at), covered(past, horizon, key, at); got != want {
				t.Fatalf("covers %v at %d: %v, want %v", key, at, got, want)
			}
		}
	})
}

func throughState(t *rapid.T, c Config, closed *Closed) Closed {
	out := event.WriteState(nil)
	closed.Save(out)
	in, back, again := event.ReadState(out.Bytes()), NewClosed(c), event.WriteState(nil)
	back.Save(in)
	if back.Save(again); in.Done() != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
		t.Fatalf("%v; %d spans came back as %d", in.Done(), closed.Len(), back.Len())
	}
	return back
}

// A key of very many sessions is not looked through: its overdue events are late, all of them.
func TestAKeyOfManySessionsIsNotLookedThrough(t *testing.T) {
	closed, key := NewClosed(DefaultConfig()), event.Key{Lo: 7}
	for i := range event.Millis(mostSpans) {
		closed.Add(key, 1000*i, 1000*i+1, 100_000)
	}
	if closed.Covers(key, 500) || !closed.Covers(key, 1) {
		t.Error("the last 64 are looked at")
	}
	closed.Add(key, 90_000, 90_001, 100_000)
	if !closed.Covers(key, 500) {
		t.Error("a key with more takes nothing")
	}
	if closed.Covers(event.Key{Lo: 8}, 500) {
		t.Error("another key does")
	}
}

// A million users take some tens of bytes each, in memory and in a snapshot.
func TestClosedSessionsAreSmall(t *testing.T) {
	const users = 200_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	closed := NewClosed(DefaultConfig())
	for i := range event.Millis(users) {
		closed.Add(event.Key{Hi: uint64(i) * 0x9e3779b97f4a7c15, Lo: uint64(i)}, noonMillis+i, noonMillis+i+90_000, noonMillis+i+2_000_000)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	out := event.WriteState(nil)
	closed.Save(out)
	held, saved := (after.HeapAlloc-before.HeapAlloc)/users, len(out.Bytes())/users
	t.Logf("%d bytes a session in memory, %d saved", held, saved)
	if closed.Len() != users || held > 80 || saved > 20 {
		t.Errorf("%d remembered: %d bytes each in memory, %d saved", closed.Len(), held, saved)
	}
}

const noonMillis event.Millis = 1_767_268_800_000 // 2026-01-01T12:00:00Z

func TestMoreClosedSessionsThanBytesAreRefused(t *testing.T) {
	out := event.WriteState(nil)
	horizon, n := event.Millis(0), uint32(1000)
	event.Int(out, &horizon)
	event.Uint(out, &n)
	closed, in := NewClosed(DefaultConfig()), event.ReadState(append(out.Bytes(), make([]byte, 500)...))
	if closed.Save(in); !errors.Is(in.Done(), event.ErrState) || closed.Len() > 0 {
		t.Errorf("%d were read: %v", closed.Len(), in.Done())
	}
}
