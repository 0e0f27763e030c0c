package pipetest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"friction/pipeline/engine"
	"friction/pipeline/event"
)

// hostile is one kind of user who sends very many events within moments.
type hostile struct {
	name string
	kind func(r *rand.Rand) event.Type
	keys int          // different pages, targets and operations; 0 for always another one
	step event.Millis // between two events
	page bool         // every event is on another page
	near bool         // every event is 5 px from the one before
}

// mixOf draws any of some types.
func mixOf(types ...event.Type) func(*rand.Rand) event.Type {
	return func(r *rand.Rand) event.Type { return types[r.IntN(len(types))] }
}

// seldom draws a type now and then, and another one else.
func seldom(now, usual event.Type) func(*rand.Rand) event.Type {
	return func(r *rand.Rand) event.Type {
		if r.IntN(1000) == 0 {
			return now
		}
		return usual
	}
}

// hostiles are users who fill each list that a session has, alone and together.
func hostiles() []hostile {
	anything := func(r *rand.Rand) event.Type { return event.Type(r.IntN(int(event.NumTypes))) }
	acts := mixOf(event.Click, event.Request)
	forms := mixOf(event.Submit, event.Input, event.Focus, event.Blur, event.ErrorType)
	return []hostile{
		{name: "clicks and failing requests", kind: acts},
		{name: "clicks and failing requests, slowly", kind: acts, step: 20},
		{name: "taps and errors on a few targets", kind: mixOf(event.Tap, event.ErrorType), keys: 3},
		{name: "clicks", kind: mixOf(event.Click)},
		{name: "clicks 5 px apart", kind: mixOf(event.Click), near: true},
		{name: "taps 5 px apart, on one target", kind: mixOf(event.Tap), near: true, keys: 1},
		{name: "clicks after mutations", kind: mixOf(event.Click, event.Click, event.Click, event.Mutation)},
		{name: "clicks without an answer", kind: seldom(event.Mutation, event.Click), step: 10},
		{name: "hangs and searches", kind: mixOf(event.Hang, event.Custom), step: 2},
		{name: "pages", kind: mixOf(event.PageView)},
		{name: "the same few pages", kind: mixOf(event.PageView), keys: 5, step: 1},
		{name: "pages and errors, minutes apart", kind: mixOf(event.PageView, event.ErrorType), step: 60_000},
		{name: "requests", kind: mixOf(event.Request)},
		{name: "storms", kind: mixOf(event.Request), keys: 100},
		{name: "forms", kind: forms},
		{name: "a few forms", kind: forms, keys: 40, step: 5},
		{name: "swipes and moves", kind: mixOf(event.Swipe, event.MouseMove, event.Scroll, event.Mutation), step: 1},
		{name: "anything", kind: anything},
		{name: "anything on a few targets", kind: anything, keys: 20, step: 3},
		{name: "anything, each on another page", kind: anything, step: 1, page: true},
	}
}

// draw returns the events that users send in turn, each of them like the others.
func (h *hostile) draw(events, users int) []event.Event {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([]event.Event, events)
	var keyer event.Keyer
	for i := range list {
		e := &list[i]
		user := fmt.Sprint("user", i%users)
		n := i / users
		if h.keys > 0 {
			n = r.IntN(h.keys)
		}
		e.Type, e.Time, e.Recorded = h.kind(r), 1_800_000_000_000+event.Millis(i)*h.step/event.Millis(users), 1_800_000_000_000
		e.App, e.User, e.Key, e.Page = "shop", user, keyer.Key("shop", user, ""), "/p"
		e.Hash = event.DigestOf(fmt.Append(nil, i))
		name := fmt.Sprint("n", n)
		switch {
		case e.Type.IsView() || h.page:
			e.Page = "/" + name
		case e.Type == event.Request:
			e.Status = 500
		case e.Type == event.Submit:
			e.Status = 422
		case e.Type == event.Hang:
			e.Duration, e.Flags = 60, event.HasDuration
		case e.Type == event.Custom:
			e.Name = "search"
		}
		if e.Type.IsAttempt() {
			e.Op = "POST /" + name
		}
		e.Target = &event.Target{ID: name, Tag: "button"}
		if e.Type == event.Input || e.Type == event.Focus || e.Type == event.Blur {
			e.Target.Tag = "input"
		}
		e.X, e.Y = float32(r.IntN(2000)), float32(r.IntN(2000))
		if h.near {
			e.X, e.Y = float32(5*(i/users%10_000)), 10
		}
		e.Flags |= event.HasPosition | event.MillisecondTime
	}
	return list
}

// crowd is an engine that takes events of hostile users.
type crowd struct {
	*engine.Engine
	offset int64
}

func newCrowd(t testing.TB, most int) *crowd {
	c := engine.DefaultConfig()
	c.Sessions.MaxEvents, c.Sessions.MaxIDs = most, most
	e, err := engine.New(c, []string{"events"})
	if err != nil {
		t.Fatal(err)
	}
	return &crowd{Engine: e}
}

// take gives events to the engine, a batch at a time, and throws the rows away.
func (c *crowd) take(list []event.Event) {
	for len(list) > 0 {
		n := min(len(list), 5000)
		for i := range list[:n] {
			*c.Slot() = list[i]
			c.Add(&event.Record{Offset: c.offset, Time: list[i].Recorded})
			c.offset++
		}
		list = list[n:]
		last := event.Beginning
		if len(list) == 0 {
			last = c.TopicTime(0) + 1
		}
		c.Advance(max(c.Reachable(nil), last))
		for done := false; !done; {
			done = c.Run()
			c.Reuse(c.TakeRows())
		}
	}
}

// However many events one user sends, what is held of the session has an end: more events add nothing to it.
func TestWhatIsHeldOfASessionIsBounded(t *testing.T) {
	for _, h := range hostiles() {
		t.Run(h.name, func(t *testing.T) {
			const few = 8000 // enough to fill every list
			events := h.draw(3*few, 1)
			held := func(events []event.Event) int {
				c := newCrowd(t, len(events))
				c.take(events)
				return len(c.AppendState(nil))
			}
			if before, after := held(events[:few]), held(events); after > before+before/4 {
				t.Errorf("%d bytes of state after %d events, %d after %d", before, few, after, 3*few)
			}
		})
	}
}

// One user's events cost at most twice what those of many users cost who do the same. Run by `make hostile`: it
// measures time, so the machine must have nothing else to do.
func TestOneUserCostsAtMostTwiceWhatManyDo(t *testing.T) {
	if os.Getenv("FRICTION_HOSTILE") == "" {
		t.Skip("FRICTION_HOSTILE is not set: it takes a quiet machine and minutes")
	}
	const events = 300_000
	for _, h := range hostiles() {
		cost := func(users int) time.Duration {
			list := h.draw(events, users)
			least := time.Hour
			for range 2 {
				c := newCrowd(t, events)
				before := processTime(t)
				c.take(list)
				least = min(least, processTime(t)-before)
			}
			return least
		}
		one, many := cost(1), cost(3000)
		ratio := float64(one) / float64(many)
		t.Logf("%-40s %6.0f ns/event of one user, %6.0f of many: %.2f", h.name, float64(one.Nanoseconds())/events, float64(many.Nanoseconds())/events, ratio)
		if ratio > 2 {
			t.Errorf("%s: one user costs %.2f times what many do", h.name, ratio)
		}
	}
}

// processTime is what this process has used: others on the machine do not count.
func processTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
