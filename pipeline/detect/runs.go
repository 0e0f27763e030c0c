package detect

import (
	"slices"

	"friction/pipeline/event"
)

// Set is the rules in force, for the sessions of one task. The rules never change.
type Set struct {
	rules    []rule
	byType   [event.NumTypes][]int
	withOp   []int                     // rules that look at any event with an operation and an outcome
	start    [NumKinds]func() detector // switched off or not, so that their state can be read
	on       [NumKinds]bool
	versions [NumKinds]string
	dropOff  bool
	in       input // of the event in hand; kept here so that it need not be made for each
}

// New compiles a configuration.
func New(c Config) (*Set, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Set{dropOff: c.DropOff.Enabled}
	for _, r := range []struct {
		on   bool
		rule rule
	}{
		{c.RageClick.Enabled, c.RageClick.rule()},
		{c.DeadClick.Enabled, c.DeadClick.rule()},
		{c.ErrorClick.Enabled, c.ErrorClick.rule()},
		{c.Retry.Enabled, c.Retry.rule()},
		{c.QuickBack.Enabled, c.QuickBack.rule()},
		{c.PageLoop.Enabled, c.PageLoop.rule()},
	} {
		s.start[r.rule.kind], s.on[r.rule.kind] = r.rule.start, r.on
		if !r.on {
			continue
		}
		at := len(s.rules)
		s.rules = append(s.rules, r.rule)
		s.versions[r.rule.kind] = r.rule.version
		for _, t := range r.rule.types {
			s.byType[t] = append(s.byType[t], at)
		}
		if r.rule.kind == Retry {
			s.withOp = append(s.withOp, at)
		}
	}
	s.versions[DropOff] = "drop_off/1"
	return s, nil
}

// DropOff reports whether the signal drop_off is made.
func (s *Set) DropOff() bool { return s.dropOff }

// Version is the rule and thresholds behind signals of a kind, readable.
func (s *Set) Version(k Kind) string { return s.versions[k] }

// Runs is what the detectors hold of one session.
type Runs struct {
	active  []active
	page    string // of the last view
	brief   *brief
	due     event.Millis
	viewed  bool
	mutated bool
}

// brief is what few sessions hold, and those not for long.
type brief struct {
	waiting []Signal // dead and error clicks that a rage run may still absorb
	same    sameTime
}

// waiting is the clicks held back.
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
	kind     Kind
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

// Moment is when an event is shown: the effective time, and the time that no
// event still to be shown is older than.
type Moment struct{ Now, Settled event.Millis }

// Observe shows the detectors an event and appends what they find.
func (s *Set) Observe(r *Runs, e *event.Event, at Moment, found []Signal) []Signal {
	in := &s.in
	*in = input{event: e, now: at.Now, settled: at.Settled, mutated: r.mutated, before: r.page, viewed: r.viewed, nth: r.nth(e), found: found}
	start := len(found)
	for _, i := range s.byType[e.Type] {
		r.show(s, i, in)
	}
	if e.Op != "" && !e.Type.IsAttempt() && e.Answered() {
		for _, i := range s.withOp {
			r.show(s, i, in)
		}
	}
	switch {
	case e.Type == event.Mutation:
		r.mutated = true
	case e.Type.IsView():
		r.page, r.viewed = e.Page, true
	}
	return r.settle(in, start)
}

// Expire lets the detectors act on the time that has passed.
func (s *Set) Expire(r *Runs, now event.Millis, found []Signal) []Signal {
	in := &s.in
	*in = input{now: now, found: found}
	start := len(found)
	for i := range r.active {
		if a := &r.active[i]; a.due < now {
			a.detector.take(in)
			a.due = a.detector.rest(now).due
		}
	}
	return r.settle(in, start)
}

// Close ends every run with the session.
func (s *Set) Close(r *Runs, found []Signal) []Signal {
	in := &s.in
	*in = input{now: event.Never, closing: true, found: found}
	start := len(found)
	for i := range r.active {
		r.active[i].detector.take(in)
		r.active[i].due = event.Never
	}
	return r.settle(in, start)
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
	for _, s := range r.waiting() {
		since = min(since, s.Started)
	}
	return since
}

// Rest drops detectors that hold nothing that could still matter.
func (r *Runs) Rest(now event.Millis) {
	r.active = drop(r.active, func(a active) bool {
		return a.detector.rest(now).spent
	})
	if len(r.active) == 0 {
		r.active = nil
	}
	if b := r.brief; b != nil && len(b.waiting) == 0 && b.same.time < now {
		r.brief = nil
	}
}

// show shows the detector of a rule what is in hand, and makes it if need be.
func (r *Runs) show(s *Set, i int, in *input) {
	kind := s.rules[i].kind
	at := -1
	for k := range r.active {
		if r.active[k].kind == kind {
			at = k
			break
		}
	}
	if at < 0 {
		at = len(r.active)
		r.active = append(r.active, active{kind, event.Never, s.rules[i].start()})
	}
	a := &r.active[at]
	a.detector.take(in)
	a.due = a.detector.rest(in.now).due
}

// settle decides which clicks a rage run absorbs, holds back those it cannot
// decide yet, and notes when time next matters.
func (r *Runs) settle(in *input, start int) []Signal {
	if len(in.joined) > 0 {
		r.absorb(in.joined)
		absorb(in.found[start:], in.joined)
	}
	r.due = event.Never
	if len(in.found) > start || len(r.waiting()) > 0 {
		r.release(in, start)
	}
	for i := range r.active {
		r.due = min(r.due, r.active[i].due)
	}
	return in.found
}

// absorb marks what is held of clicks that have become part of a rage run.
func (r *Runs) absorb(clicks []string) {
	absorb(r.waiting(), clicks)
	for i := range r.active {
		switch d := r.active[i].detector.(type) {
		case *deadClick:
			for k := range d.pending {
				d.pending[k].signal.absorb(clicks)
			}
		case *errorClick:
			for k := range d.clicks {
				d.clicks[k].signal.absorb(clicks)
			}
		}
	}
}

func absorb(signals []Signal, clicks []string) {
	for i := range signals {
		signals[i].absorb(clicks)
	}
}

// absorb marks a dead or error click that is one of some clicks of a rage run.
func (s *Signal) absorb(clicks []string) {
	if (s.Kind == DeadClick || s.Kind == ErrorClick) && slices.Contains(clicks, s.First()) {
		s.AbsorbedBy = RageClick
	}
}

// release hands over what was held back and what has just been found, but for
// clicks that a rage run may still absorb.
func (r *Runs) release(in *input, start int) {
	fresh := append(slices.Clone(r.waiting()), in.found[start:]...)
	in.found = in.found[:start]
	if r.brief != nil {
		r.brief.waiting = nil
	}
	for _, x := range fresh {
		if until := r.open(&x); until >= in.now {
			b := r.briefly()
			b.waiting = append(b.waiting, x)
			r.due = min(r.due, until)
		} else {
			in.found = append(in.found, x)
		}
	}
}

// open is until what effective time a rage run may still absorb a signal.
func (r *Runs) open(s *Signal) event.Millis {
	if s.AbsorbedBy == NoKind && (s.Kind == DeadClick || s.Kind == ErrorClick) {
		for i := range r.active {
			if rage, ok := r.active[i].detector.(*rageClick); ok {
				return rage.open(s)
			}
		}
	}
	return event.Beginning
}
