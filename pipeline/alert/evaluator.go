package alert

import "time"

// Evaluator compares every step with its own past. It is fed panes in the order of event time and answers with what has
// changed. It has no clock and does no I/O: the same panes give the same changes.
type Evaluator struct {
	cfg       *Config
	open      *openAlerts
	store     *store
	finder    finder
	friction  frictionRule
	absence   absenceRule
	watermark watermarkRule
}

// NewEvaluator starts with no history; see [Evaluator.Learn] and [Evaluator.Resume]. Slide is the length of a pane.
func NewEvaluator(c Config, slide time.Duration) *Evaluator {
	open := newOpenAlerts()
	st := newStore(&c, slide, open)
	return &Evaluator{
		cfg: &c, open: open, store: st, finder: finder{&c, st}, friction: frictionRule{&c, st, open},
		absence: absenceRule{&c, st, open, map[string]*absenceState{}}, watermark: watermarkRule{&c, open},
	}
}

// Facts are the input of the evaluation at one event time.
type Facts struct {
	At    time.Time // a multiple of [Config.EvaluateEvery]
	Panes []Pane    // as they read now; those that have changed, or may have. The latest may have only begun
	// Fresh says that the panes are read at their usual age. Lost visits are compared at the same age, so they are
	// not evaluated if panes are read much later.
	Fresh bool
}

// Outcome is what an evaluation has come to.
type Outcome struct {
	Changes []Change
	// Seen is what was seen as lost, one pane a step, to be kept for [Evaluator.LearnLost].
	Seen []Pane
}

// Evaluate says how things stood at a moment. Moments must come one after the other; one that was evaluated already only
// brings its panes.
func (e *Evaluator) Evaluate(f Facts) Outcome {
	o := Outcome{Seen: e.store.add(f)}
	if !f.At.After(e.store.at) {
		return o
	}
	e.store.at = f.At
	all := e.store.inOrder()
	o.Changes = e.friction.evaluate(all, e.finder.find(all))
	if e.store.isEdge(f.At) {
		o.Changes = append(o.Changes, e.absence.evaluate(all)...)
	}
	return o
}

// Watch evaluates whether the data advances. It is the only rule that needs a clock: the one in p.
func (e *Evaluator) Watch(p Progress) []Change { return e.watermark.evaluate(p) }

// Learn adds what was before the panes that are kept one by one. Number is of any pane in an hour; Visits, Pain and the
// others are sums over that hour. Lost counts as seen at the age of [Config.LostAfter], if at all: see
// [Evaluator.LearnLost].
func (e *Evaluator) Learn(hours []Pane) { e.store.learn(hours) }

// LearnLost adds hours of what was seen as lost, of everyone.
func (e *Evaluator) LearnLost(hours []Pane) { e.store.learnLost(hours) }

// Begin brings the panes up to a moment without evaluating any.
func (e *Evaluator) Begin(at time.Time, panes []Pane) {
	e.store.add(Facts{At: at, Panes: panes})
	e.store.at = at
}

// Recall puts panes back that were seen as lost before the evaluator was made.
func (e *Evaluator) Recall(seen []Pane) { e.store.recall(seen) }

// Resume takes back alerts that were raised before: open ones go on, and panes of past ones do not count as history. They
// may have been raised later than the moments that are evaluated next, which say nothing of them then.
// Panes of those must have been given already, by [Evaluator.Begin].
func (e *Evaluator) Resume(alerts []Alert) {
	for i := range alerts {
		a := alerts[i]
		if a.State != Resolved {
			e.open.add(&a)
			continue
		}
		if s := e.store.steps[a.StepName]; s != nil && a.Rule == Friction {
			s.exclude(e.store.number(a.Since), e.store.number(a.ResolvedAt))
		}
	}
}

// Open lists the open alerts, in order.
func (e *Evaluator) Open() []Alert {
	var all []Alert
	for _, a := range e.open.inOrder() {
		all = append(all, *a)
	}
	return all
}

// At is the moment evaluated last.
func (e *Evaluator) At() time.Time { return e.store.at }

// Span is how many of the latest panes are kept one by one; history is by the hour.
func (e *Evaluator) Span() int { return e.store.span() }

// Series is how many series are watched, metrics apart.
func (e *Evaluator) Series() int { return e.store.count }

// Unwatched is how many series there were beyond the limit.
func (e *Evaluator) Unwatched() int { return len(e.store.dropped) }
