package replay

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// Before and After index what was made under which of two rules.
const (
	Before = iota
	After
)

// Comparison is what another configuration would change. A pair is what it was
// before and what it is after.
type Comparison struct {
	Records uint64            `json:"records"` // read, once
	Sides   [2]event.Counters `json:"-"`
	Steps   []*StepChange     `json:"steps"` // journeys in order, then pages, those that change most first
	Took    time.Duration     `json:"-"`

	examples int
	steps    map[stepName]*StepChange
	open     [2]map[signalName]*score.SignalRow // not found on the other side so far
}

// StepChange is what changes at a step; without app, journey and step, what is in
// no visit.
type StepChange struct {
	App     string        `json:"app"`
	Journey string        `json:"journey"`
	Step    string        `json:"step"`
	Visits  [2]uint64     `json:"visits"`
	Dropped [2]uint64     `json:"dropped"`
	Score   [2]*float64   `json:"score"` // as in the tables; nil without visits
	Signals []*KindChange `json:"signals"`

	index uint8
	pain  [2]uint64 // sum, millionths
	kinds map[string]*KindChange
}

// KindChange is what changes of one kind of signal at a step. Signals that are
// absorbed by others do not count. One of the same kind and place that begins with
// the same event is the same.
type KindChange struct {
	Kind     string    `json:"kind"`
	Count    [2]uint64 `json:"count"`
	Gained   uint64    `json:"gained"`
	Lost     uint64    `json:"lost"`
	GainedAs []Example `json:"gained_examples"`
	LostAs   []Example `json:"lost_examples"`
}

// Example is a signal that was gained or lost.
type Example struct {
	SessionID string    `json:"session_id"`
	User      string    `json:"user"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Count     uint32    `json:"count"`
	Page      string    `json:"page"`
	Target    string    `json:"target"`
	Op        string    `json:"op"`
}

// IsPage says whether the step is a page and not a step of a journey.
func (s *StepChange) IsPage() bool { return s.rank() > 0 }

// Total is all kinds together.
func (s *StepChange) Total() (t KindChange) {
	for _, k := range s.Signals {
		t.Gained += k.Gained
		t.Lost += k.Lost
		t.Count[Before] += k.Count[Before]
		t.Count[After] += k.Count[After]
	}
	return t
}

func (s *StepChange) moved() uint64 {
	t := s.Total()
	return t.Gained + t.Lost
}

// Changed reports whether anything of the step changes.
func (s *StepChange) Changed() bool {
	return s.moved() > 0 || s.Visits[Before] != s.Visits[After] || s.Dropped[Before] != s.Dropped[After] || s.pain[Before] != s.pain[After]
}

type stepName struct{ app, journey, step string }

// signalName is what makes a signal the same under other rules: sessions, and so
// their ids, may be cut otherwise.
type signalName struct {
	app, user, kind, at, first string
	started                    event.Millis
	visit                      score.VisitRef // of a drop-off, which has no events
}

func nameOf(r *score.SignalRow) signalName {
	n := signalName{app: r.App, user: r.User, kind: r.Kind, at: cmp.Or(r.Target, r.Op), started: r.StartedAt}
	if len(r.EventIDs) > 0 {
		n.first = r.EventIDs[0]
	} else if len(r.Visits) > 0 {
		n.visit = r.Visits[0]
	}
	return n
}

func newComparison(examples int) *Comparison {
	return &Comparison{
		examples: examples, steps: map[stepName]*StepChange{},
		open: [2]map[signalName]*score.SignalRow{{}, {}},
	}
}

func (c *Comparison) step(name stepName) *StepChange {
	s := c.steps[name]
	if s == nil {
		s = &StepChange{App: name.app, Journey: name.journey, Step: name.step, kinds: map[string]*KindChange{}, Signals: []*KindChange{}}
		c.steps[name] = s
	}
	return s
}

func (s *StepChange) kind(name string) *KindChange {
	k := s.kinds[name]
	if k == nil {
		k = &KindChange{Kind: name, GainedAs: []Example{}, LostAs: []Example{}}
		s.kinds[name] = k
	}
	return k
}

// visit counts a visit in its last version.
func (c *Comparison) visit(of int, v *score.VisitRow) {
	s := c.step(stepName{v.App, v.Journey, v.Step})
	s.index = v.StepIndex
	s.Visits[of]++
	s.pain[of] += uint64(v.Pain)
	if v.Outcome == journey.Dropped {
		s.Dropped[of]++
	}
}

// signal counts a signal, and looks for it on the other side.
func (c *Comparison) signal(of int, r *score.SignalRow) {
	if r.AbsorbedBy != "" {
		return
	}
	for name := range stepsOf(r) {
		c.step(name).kind(r.Kind).Count[of]++
	}
	name, other := nameOf(r), c.open[1-of]
	if _, found := other[name]; found {
		delete(other, name)
		return
	}
	c.open[of][name] = r
}

// stepsOf are the steps a signal is counted at: those of its visits, each once. A signal outside all visits is counted
// for its app.
func stepsOf(r *score.SignalRow) map[stepName]bool {
	steps := map[stepName]bool{}
	for _, v := range r.Visits {
		steps[stepName{r.App, v.Journey, v.Step}] = true
	}
	if len(steps) == 0 {
		steps[stepName{app: r.App}] = true
	}
	return steps
}

// finish counts what was found on one side alone.
func (c *Comparison) finish() {
	for of := range c.open {
		rows := slices.SortedFunc(maps.Values(c.open[of]), func(a, b *score.SignalRow) int {
			return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), slices.Compare(a.SignalID[:], b.SignalID[:]))
		})
		for _, r := range rows {
			for name := range stepsOf(r) {
				c.differs(of, c.step(name).kind(r.Kind), r)
			}
		}
	}
	for _, s := range c.steps {
		for of := range s.Score {
			if n := s.Visits[of]; n > 0 {
				mean := float64(s.pain[of]) / float64(n) / 10_000
				s.Score[of] = &mean
			}
		}
		s.Signals = slices.SortedFunc(maps.Values(s.kinds), func(a, b *KindChange) int {
			return cmp.Or(cmp.Compare(b.Gained+b.Lost, a.Gained+a.Lost), cmp.Compare(a.Kind, b.Kind))
		})
	}
	c.Steps = slices.SortedFunc(maps.Values(c.steps), inOrder)
}

// inOrder puts journeys first, with their steps in order, and then pages, those
// that change most first.
func inOrder(a, b *StepChange) int {
	rank := cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.rank(), b.rank()))
	if rank != 0 || a.rank() == 0 {
		return cmp.Or(rank, cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.index, b.index), cmp.Compare(a.Step, b.Step))
	}
	return cmp.Or(cmp.Compare(b.moved(), a.moved()), cmp.Compare(a.Step, b.Step))
}

// rank is 0 for a step of a journey, 1 for a page, 2 for what is in no visit.
func (s *StepChange) rank() int {
	switch s.Journey {
	case "":
		return 2
	case journey.Site:
		return 1
	}
	return 0
}

func (c *Comparison) differs(of int, k *KindChange, r *score.SignalRow) {
	count, list := &k.Lost, &k.LostAs
	if of == After {
		count, list = &k.Gained, &k.GainedAs
	}
	if *count++; len(*list) < c.examples {
		*list = append(*list, exampleOf(r))
	}
}

func exampleOf(r *score.SignalRow) Example {
	return Example{
		SessionID: r.SessionID.String(), User: r.User, StartedAt: timeOf(r.StartedAt), EndedAt: timeOf(r.EndedAt),
		Count: r.Count, Page: r.Page, Target: r.Target, Op: r.Op,
	}
}

func timeOf(t event.Millis) time.Time { return time.UnixMilli(int64(t)).UTC() }
