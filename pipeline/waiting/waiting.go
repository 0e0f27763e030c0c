package waiting

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// After is how long somebody waits before it is said what for.
const After = 5 * time.Second

// Notice is what there is to say about a server that does not answer.
type Notice struct {
	Server string        // and its address
	Asked  string        // what it was asked
	For    time.Duration // how long it has been waited for
	Cause  error         // of the last try that failed; nil if none has failed yet
	Over   bool          // it answers again; said only if waiting for it was said
}

// String is the notice in words.
func (n Notice) String() string {
	switch {
	case n.Over:
		return fmt.Sprintf("%s answers again", n.Server)
	case n.Cause == nil:
		return fmt.Sprintf("waiting for %s (%s): no answer for %v", n.Server, n.Asked, n.For.Round(time.Second))
	}
	return fmt.Sprintf("waiting for %s (%s): %v", n.Server, n.Asked, n.Cause)
}

// Patience is how long a program waits for an answer, and how it says that it does.
type Patience struct {
	Limit time.Duration // after which it gives up; 0 waits for as long as the program runs
	Again time.Duration // how often it is said again; 0 is never
	Say   func(Notice)  // must return quickly; may be called by several goroutines
}

// In returns a context in which everybody waits like this.
func (p Patience) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, patienceKey{}, &said{Patience: p, servers: map[string]*server{}})
}

type (
	patienceKey struct{}
	waitKey     struct{}
)

// said is what has been said, by server: many may wait for one.
type said struct {
	Patience
	mu      sync.Mutex
	servers map[string]*server
}

// server is one that somebody waits for.
type server struct {
	late int       // how many have waited for longer than After
	last time.Time // when it was said
}

// Wait is one question that has not been answered. Its methods may be called on nil.
type Wait struct {
	said   *said
	parent *Wait // of a question that is part of another
	notice Notice
	began  time.Time
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer // until it is said
	limit *time.Timer
	late  bool
	ended bool
	gave  error // why it was given up
}

// Begin begins to wait for a server. Its context ends when patience does. What is asked as a part of another question
// waits with that. [Wait.End] must be called.
func Begin(ctx context.Context, name, asked string) (context.Context, *Wait) {
	s, ok := ctx.Value(patienceKey{}).(*said)
	if !ok {
		return ctx, nil
	}
	if parent, ok := ctx.Value(waitKey{}).(*Wait); ok {
		return ctx, &Wait{parent: parent}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	w := &Wait{said: s, notice: Notice{Server: name, Asked: asked}, began: time.Now(), cancel: cancel}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(After, w.tell)
	if s.Limit > 0 {
		w.limit = time.AfterFunc(s.Limit, w.giveUp)
	}
	return context.WithValue(ctx, waitKey{}, w), w
}

// Failed notes why a try failed.
func (w *Wait) Failed(err error) {
	switch {
	case w == nil:
	case w.parent != nil:
		w.parent.Failed(err)
	default:
		w.mu.Lock()
		w.notice.Cause = err
		w.mu.Unlock()
	}
}

// End ends waiting with the error that it came to, which is another one if patience has ended.
func (w *Wait) End(err error) error {
	if w == nil {
		return err
	}
	if w.parent != nil {
		if err != nil {
			w.parent.Failed(err)
		}
		return err
	}
	w.mu.Lock()
	w.ended = true
	late, gave := w.late, w.gave
	w.timer.Stop()
	if w.limit != nil {
		w.limit.Stop()
	}
	w.mu.Unlock()
	w.cancel(nil)
	if late {
		w.said.over(w.notice, err == nil)
	}
	if err != nil && gave != nil {
		return gave
	}
	return err
}

// tell says what is waited for.
func (w *Wait) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	first := !w.late
	w.late = true
	w.notice.For = time.Since(w.began)
	w.said.tell(w.notice, first)
	if w.said.Again > 0 {
		w.timer.Reset(w.said.Again)
	}
}

// giveUp ends waiting.
func (w *Wait) giveUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	cause := w.notice.Cause
	if cause == nil {
		cause = errors.New("it takes connections and says nothing")
	}
	w.gave = &NoAnswerError{w.notice.Server, w.notice.Asked, w.said.Limit, cause}
	w.cancel(w.gave)
}

// tell says a notice unless another has just been said about the same server.
func (s *said) tell(n Notice, first bool) {
	s.mu.Lock()
	of := s.servers[n.Server]
	if of == nil {
		of = &server{}
		s.servers[n.Server] = of
	}
	if first {
		of.late++
	}
	news := of.last.IsZero() || s.Again > 0 && time.Since(of.last) >= s.Again
	if news {
		of.last = time.Now()
	}
	s.mu.Unlock()
	if news {
		s.Say(n)
	}
}

// over notes that a late wait has ended, and says so when it was the last one for its server and was answered.
func (s *said) over(n Notice, answered bool) {
	s.mu.Lock()
	of := s.servers[n.Server]
	of.late--
	last := of.late == 0
	if last {
		delete(s.servers, n.Server)
	}
	s.mu.Unlock()
	if last && answered {
		n.Over = true
		s.Say(n)
	}
}

// NoAnswerError says that patience has ended.
type NoAnswerError struct {
	Server, Asked string
	Limit         time.Duration
	Cause         error
}

func (e *NoAnswerError) Error() string {
	return fmt.Sprintf("no answer from %s within %v (%s): %v", e.Server, e.Limit, e.Asked, e.Cause)
}

// Unwrap is why the last try failed.
func (e *NoAnswerError) Unwrap() error { return e.Cause }
