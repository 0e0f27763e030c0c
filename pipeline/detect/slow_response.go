package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// slowResponse finds a request or submit that takes longer than `after`, and
// somebody who clicks, taps or submits again after so long and before the answer.
// The time of a request is when it was sent.
type slowResponse struct {
	after   event.Millis
	waiting []wait
}

// wait is a slow request.
type wait struct {
	until event.Millis // the answer
	due   event.Millis // effective time
	run   Signal       // Count is the acts so far
}

// maxWaits bounds the slow requests of a session at one time.
const maxWaits = 16

func (c SlowConfig) rule() rule {
	after := session.Millis(c.After)
	return rule{
		kind: SlowResponse, subjects: tries, heeds: clicks | typesOf(event.Submit),
		begins:  func(in *input) bool { return in.event.Has(event.HasDuration) && in.event.Duration > after },
		start:   func() detector { return &slowResponse{after: after} },
		version: fmt.Sprintf("slow_response/1 after=%v", c.After),
	}
}

func (s *slowResponse) take(in *input) {
	e := in.event
	if e == nil {
		s.waiting = drop(s.waiting, func(w wait) bool { return s.over(in, w, in.closing || w.due < in.now) })
		return
	}
	if e.Type != event.Request {
		s.act(in)
	}
	if e.Type.IsAttempt() && e.Has(event.HasDuration) && e.Duration > s.after && len(s.waiting) < maxWaits {
		lasts := min(e.Duration, session.Millis(longest))
		s.waiting = append(s.waiting, wait{e.Time + lasts, in.now + lasts, in.begin(SlowResponse)})
	}
}

// act counts an act for every request that it falls into the wait of.
func (s *slowResponse) act(in *input) {
	for i := range s.waiting {
		w := &s.waiting[i]
		if t := in.event.Time; t >= w.run.Started+s.after && t <= w.until {
			if w.run.Count == 0 {
				in.claim(SlowResponse, w.run.First())
			}
			w.run.Count++
			w.run.add(t, in.eventID())
		}
	}
}

func (s *slowResponse) over(in *input, w wait, up bool) bool {
	if up && w.run.Count > 0 {
		in.find(w.run)
	}
	return up
}

func (s *slowResponse) rest(event.Millis) rest {
	out := rest{event.Never, event.Never, len(s.waiting) == 0}
	for i := range s.waiting {
		out.due = min(out.due, s.waiting[i].due)
		out.since = min(out.since, s.waiting[i].run.Started)
	}
	return out
}

func (s *slowResponse) save(st *event.State) {
	event.Slice(st, &s.waiting, func(w *wait) {
		event.Int(st, &w.until)
		event.Int(st, &w.due)
		w.run.save(st)
	})
}
