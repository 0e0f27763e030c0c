package journey

import (
	"slices"

	"friction/pipeline/event"
)

// Set is the configured journeys, compiled. It never changes.
type Set struct {
	site     bool
	maxPages int
	stall    event.Millis
	journeys []compiled
}

type compiled struct {
	name     string
	app      string
	anyOrder bool
	steps    []compiledStep
	complete Rule // nil: the last step completes
	required uint64
}

type compiledStep struct {
	name  string
	types uint32 // a bit for each type of event that can match
	match Rule
}

// Compile checks a configuration and returns it ready for use.
func Compile(c Config) (*Set, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Set{site: c.Site.Enabled, maxPages: c.Site.MaxPages, stall: event.Millis(c.StallAfter.Milliseconds())}
	for _, j := range c.List {
		out := compiled{name: j.Name, app: j.App, anyOrder: j.Mode == AnyOrder}
		for i, step := range j.Steps {
			rule, err := compileAny(step.Match)
			if err != nil {
				return nil, err
			}
			if !step.Optional {
				out.required |= 1 << i
			}
			out.steps = append(out.steps, compiledStep{step.Name, typesOf(step.Match), rule})
		}
		complete, err := compileAny(j.Complete)
		if err != nil {
			return nil, err
		}
		out.complete = complete
		s.journeys = append(s.journeys, out)
	}
	return s, nil
}

// NewSteps returns an empty registry with the set's limit of pages.
func (s *Set) NewSteps() *Steps { return NewSteps(s.maxPages) }

// StallAfter is the silence after which an open visit is stalled, ms.
func (s *Set) StallAfter() event.Millis { return s.stall }

// Move says what becomes of a journey in another set.
type Move struct {
	To   uint8 // its number there
	Anew bool  // its steps are others, so that sessions begin another attempt
}

// Moved maps the number of each journey of another set to that of the journey of
// the same name in this one.
func (s *Set) MovesFrom(from *Set) map[uint8]Move {
	moved := map[uint8]Move{}
	if s.site && from.site {
		moved[0] = Move{}
	}
	for i := range from.journeys {
		for k := range s.journeys {
			if old, now := &from.journeys[i], &s.journeys[k]; old.name == now.name {
				moved[uint8(i+1)] = Move{uint8(k + 1), !old.same(now)}
			}
		}
	}
	return moved
}

// same reports whether another journey has the same steps.
func (j *compiled) same(o *compiled) bool {
	return slices.EqualFunc(j.steps, o.steps, func(a, b compiledStep) bool { return a.name == b.name })
}

// Observe moves a session on by one event and appends what changed. beyond
// reports a page that had no place of its own among the steps of `site`.
func (s *Set) Observe(steps *Steps, t *Track, e *event.Event, changes []Change) (_ []Change, beyond bool) {
	if s.site && e.Type.IsView() {
		var step StepID
		step, beyond = steps.Page(e.App, e.Page)
		changes = t.visitPage(step, e.Time, changes)
	}
	for i := range s.journeys {
		j := &s.journeys[i]
		if j.app != "" && j.app != e.App {
			continue
		}
		for k := range j.steps {
			if s := &j.steps[k]; s.types>>e.Type&1 == 1 && s.match(e) {
				changes = j.visit(steps, t, uint8(i+1), uint8(k), e, changes)
				break
			}
		}
		if j.complete != nil && j.complete(e) {
			changes = t.complete(uint8(i+1), changes)
		}
	}
	return changes, beyond
}

// visitPage is Observe for `site`: one attempt a session, nothing completes.
func (t *Track) visitPage(step StepID, at event.Millis, changes []Change) []Change {
	p := t.attempt(0)
	p.number = 1
	if p.current >= 0 {
		here := t.Visits[p.current].Step
		if here == step {
			return changes
		}
		outcome := Advanced
		if p.previous == step {
			outcome = Back
		}
		changes = append(changes, t.leave(p, at, outcome))
		p.previous = here
	}
	return append(changes, t.enter(p, Visit{Entered: at, Step: step, Site: true}))
}

// visit is Observe for step k of journey j.
func (j *compiled) visit(steps *Steps, t *Track, number, k uint8, e *event.Event, changes []Change) []Change {
	p := t.attempt(number)
	here := p.current >= 0
	if here && p.step == k {
		return changes
	}
	if here {
		outcome := Advanced
		if k < p.step && !j.anyOrder || j.anyOrder && p.entered>>k&1 == 1 {
			outcome = Back
		}
		changes = append(changes, t.leave(p, e.Time, outcome))
	}
	v := Visit{Entered: e.Time, Step: steps.Step(StepInfo{e.App, j.name, j.steps[k].name, k})}
	if p.number == 0 || p.reached == completed {
		p.number, p.visits, p.entered, p.reached = p.number+1, 0, 0, k
		p.midway = !j.anyOrder && j.required&(1<<k-1) != 0
	}
	v.Midway = p.midway
	if !j.anyOrder && k > p.reached {
		between := uint64(1)<<k - uint64(2)<<p.reached
		v.Skipped = j.required&between&^p.entered != 0
	}
	p.entered |= 1 << k
	p.step = k
	if !v.Skipped { // what was skipped to does not advance the funnel
		p.reached = max(p.reached, k)
	}
	changes = append(changes, t.enter(p, v))
	if j.complete == nil && j.done(p, k) {
		changes = t.complete(number, changes)
	}
	return changes
}

// done reports whether entering step k completed the attempt.
func (j *compiled) done(p *attempt, k uint8) bool {
	if j.anyOrder {
		return p.entered&j.required == j.required
	}
	return int(k) == len(j.steps)-1
}

// finish completes the current attempt; its current visit goes on until left.
func (t *Track) complete(number uint8, changes []Change) []Change {
	p := t.attempt(number)
	if p.current < 0 || p.reached == completed {
		return changes
	}
	p.reached = completed
	t.Visits[p.current].Outcome = Completed
	return append(changes, Change{Complete, p.current})
}
