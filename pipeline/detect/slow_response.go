package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// slowResponseRule finds a request or submit that took longer than `after`, and
// somebody who clicked, tapped or submitted again, at least `again` after it was
// sent and before the answer. An act counts for one request. The time of a request is when its outcome was known, so that what was
// done meanwhile has been taken before it. The run begins with the first such act.
func slowResponseRule(c SlowConfig) rule {
	after, again := session.Millis(c.After), session.Millis(c.Again)
	return rule{
		kind: SlowResponse, subjects: tries,
		concerns: func(e *event.Event) bool { return e.Has(event.HasDuration) && e.Duration > after },
		once: func(in *input) {
			e := in.event
			x := in.begin(SlowResponse)
			x.first, x.more = "", nil
			for i := range in.acts {
				a := &in.acts[i]
				if a.used || a.time < e.Time-e.Duration+again || a.time > e.Time {
					continue
				}
				a.used = true
				if x.Count == 0 {
					x.Started = a.time
				}
				x.Count++
				x.add(a.time, a.id)
			}
			if x.Count == 0 {
				return
			}
			x.add(e.Time, in.eventID())
			in.find(x)
			in.claim(SlowResponse, in.eventID())
		},
		version: fmt.Sprintf("slow_response/1 after=%v again=%v", c.After, c.Again),
	}
}

// act is something done on purpose: a click, a tap or a submit.
type act struct {
	time event.Millis
	id   string
	used bool // counts for a slow request already
}

// maxActs bounds the acts that a session remembers.
const maxActs = 16

// acting is what is remembered for [slowResponseRule].
var acting = clicks | typesOf(event.Submit)

// act remembers the event in hand. Acts are not remembered for longer than any
// threshold may be.
func (m *memory) act(in *input) {
	t := in.event.Time
	n := 0
	for n < len(m.acts) && (m.acts[n].time < t-session.Millis(longest) || len(m.acts)-n == maxActs) {
		n++
	}
	if n > 0 {
		kept := copy(m.acts, m.acts[n:])
		clear(m.acts[kept:])
		m.acts = m.acts[:kept]
	}
	m.acts = append(m.acts, act{time: t, id: in.eventID()})
}

func (a *act) save(s *event.State) {
	event.Int(s, &a.time)
	event.Str(s, &a.id)
	s.Bool(&a.used)
}
