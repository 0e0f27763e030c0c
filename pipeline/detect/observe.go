package detect

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// SessionState is what the detectors hold of one session.
type SessionState struct {
	Memory
	active []active
	brief  *brief
	due    event.Millis
}

// brief is state that few sessions have, and only for a short time.
type brief struct {
	waiting []held // found, but another kind may still absorb it
	same    sameTime
}

// held is a signal held back until an effective time. Each is about an event that a detector which may absorb it still
// remembers, so there are as many at most as such detectors remember events.
type held struct {
	Signal
	until event.Millis
}

// waiting is the signals held back.
func (r *SessionState) waiting() []held {
	if r.brief == nil {
		return nil
	}
	return r.brief.waiting
}

// briefly returns the brief state, and makes it if necessary.
func (r *SessionState) briefly() *brief {
	if r.brief == nil {
		r.brief = &brief{}
	}
	return r.brief
}

// nth is the number of events with the same payload and time before this one.
func (r *SessionState) nth(s *Set, e *event.Event) uint32 {
	if e.ID != "" {
		return 0
	}
	return r.briefly().same.nth(e, s.limits)
}

// active is a detector of the session.
type active struct {
	rule     uint16 // index in Set.rules
	due      event.Millis
	detector Detector
}

// sameTime numbers events without an id that have the same payload: such events
// also have the same time, so only those of the newest time are remembered. Beyond
// maxSameTime, every event of that time has a number of its own.
type sameTime struct {
	time   event.Millis
	hashes []uint64
	more   uint32 // events beyond those remembered
}

// maxSameTime bounds the payloads of one time that a session remembers.
const maxSameTime = 256

func (s *sameTime) nth(e *event.Event, limits *event.Limits) (n uint32) {
	if e.Time != s.time {
		s.time, s.hashes, s.more = e.Time, s.hashes[:0], 0
	}
	if len(s.hashes) == maxSameTime {
		limits[event.LimitSameTime]++
		s.more++
		return maxSameTime + s.more
	}
	h := uint64(e.Hash[0]) | uint64(e.Hash[1])<<8 | uint64(e.Hash[2])<<16 | uint64(e.Hash[3])<<24 |
		uint64(e.Hash[4])<<32 | uint64(e.Hash[5])<<40 | uint64(e.Hash[6])<<48 | uint64(e.Hash[7])<<56
	for _, x := range s.hashes {
		if x == h {
			n++
		}
	}
	s.hashes = append(s.hashes, h)
	return n
}

// Moment is the time and the visits that an event is observed with.
type Moment struct {
	Now     event.Millis   // effective time
	Settled event.Millis   // no later event is older than this
	Taken   uint32         // how many events the session has taken, with this one
	Track   *journey.Track // the session's visits, including this event
	Steps   *journey.Steps // the steps that Track refers to
}

// Observe shows the detectors an event and appends what they find.
func (s *Set) Observe(r *SessionState, e *event.Event, at Moment, found []Signal) []Signal {
	in := &s.in
	*in = Input{
		Event: e, Now: at.Now, Settled: at.Settled, Taken: at.Taken, Memory: &r.Memory,
		set: s, track: at.Track, steps: at.Steps, nth: r.nth(s, e), found: found, joined: in.joined[:0], left: in.left[:0],
	}
	if s.oneAct {
		if Clicks.Has(e.Type) && r.sameAct(e, at.Now) {
			return found
		}
		if in.again = e.Type.IsView() && r.sameView(e); in.again {
			in.skip = s.distinct
		}
	}
	if HiddenTypes.Has(e.Type) {
		in.skip |= s.hidden.of(e)
	}
	start := len(found)
	for i := range r.active {
		if a := &r.active[i]; s.rules[a.rule].observesOnly(e) && !in.skip.Has(s.rules[a.rule].kind) {
			a.observe(in)
		}
	}
	s.show(r, in, Always)
	if e.Op != "" {
		s.show(r, in, Named)
	}
	if IsBroken(e) {
		s.show(r, in, Broken)
	}
	r.remember(s, in)
	return r.settle(s, in, start)
}

// show shows an event to the kinds that it triggers under a condition.
func (s *Set) show(r *SessionState, in *Input, c Condition) {
	for _, k := range s.triggers[c][in.Event.Type] {
		if !in.skip.Has(k) {
			s.families[k].show(s, r, in)
		}
	}
}

// Expire lets the detectors act on the time that has passed.
func (s *Set) Expire(r *SessionState, now event.Millis, found []Signal) []Signal {
	in := &s.in
	*in = Input{Now: now, Memory: &r.Memory, set: s, found: found, joined: in.joined[:0], left: in.left[:0]}
	start := len(found)
	for i := range r.active {
		if a := &r.active[i]; a.due < now {
			a.observe(in)
		}
	}
	return r.settle(s, in, start)
}

// Close ends every signal, because the session ends. Its last act was at ended.
func (s *Set) Close(r *SessionState, ended event.Millis, found []Signal) []Signal {
	in := &s.in
	*in = Input{Now: event.Never, Closing: true, Ended: ended, Memory: &r.Memory, set: s, found: found, joined: in.joined[:0], left: in.left[:0]}
	start := len(found)
	for i := range r.active {
		a := &r.active[i]
		in.rule = a.rule
		a.detector.Observe(in)
		a.due = event.Never
	}
	return r.settle(s, in, start)
}

// Due is the effective time after which Expire must be called.
func (r *SessionState) Due() event.Millis { return r.due }

// Since is the oldest of the events held that a signal may begin with, event.Never
// when there is none.
func (r *SessionState) Since(now event.Millis) event.Millis {
	since := event.Never
	for i := range r.active {
		if p := r.active[i].detector.Pending(now); !p.Spent {
			since = min(since, p.Since)
		}
	}
	for i := range r.Acts {
		since = min(since, r.Acts[i].Time)
	}
	for i := range r.waiting() {
		since = min(since, r.brief.waiting[i].Started)
	}
	return since
}

// Rest drops state that no longer matters.
func (s *Set) Rest(r *SessionState, now event.Millis) {
	r.sweep(now)
	if len(r.active) == 0 {
		r.active = nil
	} else {
		r.active = slices.Clip(r.active)
	}
	r.Acts = nil
	if n := len(r.presses); n > 0 && r.presses[n-1].now+Slack < now {
		r.presses = nil
	}
	if r.Reactions != nil && r.Reactions.spent(&s.memory, now) {
		r.Reactions = nil
	}
	if b := r.brief; b != nil && len(b.waiting) == 0 && b.same.time < now {
		r.brief = nil
	}
}

func (r *SessionState) sweep(now event.Millis) {
	r.active = Drop(r.active, func(a active) bool { return a.detector.Pending(now).Spent })
}

func (a *active) observe(in *Input) {
	in.rule = a.rule
	a.detector.Observe(in)
	a.due = a.detector.Pending(in.Now).Due
}

// find is the detector of a rule, nil for none.
func (r *SessionState) find(rule uint16) *active {
	for i := range r.active {
		if r.active[i].rule == rule {
			return &r.active[i]
		}
	}
	return nil
}

// fewActive is how many detectors most sessions have at most.
const fewActive = 4

// add makes a detector. It always removes spent detectors first: the order of detectors decides the order of rows, so
// it must not depend on the capacity of the list.
func (r *SessionState) add(s *Set, rule uint16, now event.Millis) *active {
	r.sweep(now)
	if r.active == nil {
		r.active = make([]active, 0, fewActive)
	}
	r.active = append(r.active, active{rule, event.Never, s.rules[rule].New()})
	return &r.active[len(r.active)-1]
}
