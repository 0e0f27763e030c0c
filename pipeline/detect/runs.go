package detect

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Runs is what the detectors hold of one session.
type Runs struct {
	memory
	active []active
	brief  *brief
	due    event.Millis
}

// memory is what detectors share: what was before the event in hand.
type memory struct {
	on        onPage     // of the last view
	reactions *reactions // nil when all of it is too old to matter
	acts      []act      // the latest things done on purpose
	viewed    bool       // there was a view
	wandered  bool       // of more than one page
	acted     bool       // something was clicked, sent or put in since the last view
	mutated   bool       // the session has sent a mutation
}

// onPage is a page as somebody looks at it: two products can have one name.
type onPage struct {
	name  string
	shown uint64
}

func pageOf(e *event.Event) onPage { return onPage{e.Page, e.Shown} }

func (p *onPage) save(s *event.State) {
	event.Str(s, &p.name)
	s.Hash(&p.shown)
}

// brief is what few sessions hold, and those not for long.
type brief struct {
	waiting []Signal // found, but another kind may still absorb it
	same    sameTime
}

// waiting is the signals held back.
func (r *Runs) waiting() []Signal {
	if r.brief == nil {
		return nil
	}
	return r.brief.waiting
}

// briefly makes place for what few sessions hold.
func (r *Runs) briefly() *brief {
	if r.brief == nil {
		r.brief = &brief{}
	}
	return r.brief
}

// nth is how many events of the same payload came before this one at its time.
func (r *Runs) nth(e *event.Event) uint32 {
	if e.ID != "" {
		return 0
	}
	return r.briefly().same.nth(e)
}

type active struct {
	rule     uint16 // index in Set.rules
	due      event.Millis
	detector detector
}

// sameTime numbers events without an id that have the same payload: such events
// also have the same time, so only those of the newest time are remembered.
type sameTime struct {
	time   event.Millis
	hashes []uint64
}

func (s *sameTime) nth(e *event.Event) (n uint32) {
	if e.Time != s.time {
		s.time, s.hashes = e.Time, s.hashes[:0]
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

// Moment is when and where an event is shown.
type Moment struct {
	Now     event.Millis   // effective time
	Settled event.Millis   // no event still to be shown is older
	Track   *journey.Track // where the session is, with this event
	Steps   *journey.Steps // the steps that Track speaks of
}

// Observe shows the detectors an event and appends what they find.
func (s *Set) Observe(r *Runs, e *event.Event, at Moment, found []Signal) []Signal {
	in := &s.in
	s.place = place{at.Track, at.Steps}
	*in = input{event: e, set: s, now: at.Now, settled: at.Settled, memory: &r.memory, place: &s.place, nth: r.nth(e), found: found}
	start := len(found)
	for i := range r.active {
		if a := &r.active[i]; s.rules[a.rule].isAside(e) {
			a.take(in)
		}
	}
	s.show(r, in, always)
	if e.Op != "" {
		s.show(r, in, named)
	}
	if isBroken(e) {
		s.show(r, in, broken)
	}
	r.remember(s, e, at.Now)
	return r.settle(s, in, start)
}

// show shows an event to the kinds that it is a subject of under a condition.
func (s *Set) show(r *Runs, in *input, c condition) {
	for _, k := range s.subjects[c][in.event.Type] {
		s.families[k].show(s, r, in)
	}
}

// remember keeps of an event what detectors share.
func (r *Runs) remember(s *Set, e *event.Event, now event.Millis) {
	switch {
	case e.Type.IsView():
		r.wandered = r.wandered || r.viewed && pageOf(e) != r.on
		r.on, r.viewed, r.acted = pageOf(e), true, false
	case deeds.has(e.Type):
		r.acted = true
		if s.on[SlowResponse] && acting.has(e.Type) {
			r.act(&s.in)
		}
	case e.Type == event.Mutation:
		r.mutated = true
	}
	if s.remember.on && ((reacting | blinking).has(e.Type) || r.mutated && clicks.has(e.Type)) {
		if r.reactions == nil {
			r.reactions = newReactions()
		}
		r.reactions.note(&s.remember, e, now, s.in.settled)
	}
}

// deeds are what people do on a page.
var deeds = clicks | typesOf(event.Submit, event.Input)

// Expire lets the detectors act on the time that has passed.
func (s *Set) Expire(r *Runs, now event.Millis, found []Signal) []Signal {
	in := &s.in
	*in = input{set: s, now: now, memory: &r.memory, found: found}
	start := len(found)
	for i := range r.active {
		if a := &r.active[i]; a.due < now {
			a.take(in)
		}
	}
	return r.settle(s, in, start)
}

// Close ends every run with the session.
func (s *Set) Close(r *Runs, found []Signal) []Signal {
	in := &s.in
	*in = input{set: s, now: event.Never, closing: true, memory: &r.memory, found: found}
	start := len(found)
	for i := range r.active {
		a := &r.active[i]
		in.rule = a.rule
		a.detector.take(in)
		a.due = event.Never
	}
	return r.settle(s, in, start)
}

// Due is the effective time after which Expire must be called.
func (r *Runs) Due() event.Millis { return r.due }

// Since is the oldest of the events held that a signal may begin with, event.Never
// when there is none.
func (r *Runs) Since(now event.Millis) event.Millis {
	since := event.Never
	for i := range r.active {
		if held := r.active[i].detector.rest(now); !held.spent {
			since = min(since, held.since)
		}
	}
	for i := range r.acts {
		since = min(since, r.acts[i].time)
	}
	for _, s := range r.waiting() {
		since = min(since, s.Started)
	}
	return since
}

// Rest drops what could no longer matter.
func (s *Set) Rest(r *Runs, now event.Millis) {
	r.sweep(now)
	if len(r.active) == 0 {
		r.active = nil
	} else {
		r.active = slices.Clip(r.active)
	}
	r.acts = nil
	if r.reactions != nil && r.reactions.spent(&s.remember, now) {
		r.reactions = nil
	}
	if b := r.brief; b != nil && len(b.waiting) == 0 && b.same.time < now {
		r.brief = nil
	}
}

func (r *Runs) sweep(now event.Millis) {
	r.active = drop(r.active, func(a active) bool { return a.detector.rest(now).spent })
}

func (a *active) take(in *input) {
	in.rule = a.rule
	a.detector.take(in)
	a.due = a.detector.rest(in.now).due
}

// find is the detector of a rule, nil for none.
func (r *Runs) find(rule uint16) *active {
	for i := range r.active {
		if r.active[i].rule == rule {
			return &r.active[i]
		}
	}
	return nil
}

// fewActive is as many detectors as many sessions have.
const fewActive = 4

// add makes a detector. Those that are spent go first, always: in what order
// detectors stand decides in what order rows are written, and so must not depend
// on how much room there happened to be.
func (r *Runs) add(s *Set, rule uint16, now event.Millis) *active {
	r.sweep(now)
	if r.active == nil {
		r.active = make([]active, 0, fewActive)
	}
	r.active = append(r.active, active{rule, event.Never, s.rules[rule].start()})
	return &r.active[len(r.active)-1]
}
