package journey

import "friction/pipeline/event"

// Seen is an event as journeys see it.
type Seen struct {
	App     string // name under which the session is counted
	Event   *event.Event
	Now     event.Millis // time in force
	Act     bool         // the event shows that somebody is there
	Earlier Earlier      // unfinished attempts of the session's key, nil for none
}

// Observe shows a session's next event to its journeys and appends what happens to
// visits. An event that is no act enters a step only by a rule that names its type or its
// operation: a page that asks for news is still the page, and nobody came to it. overLimit
// reports a page that counts as the step `other`, because it has no place among max_pages.
func (s *Set) Observe(steps *Steps, t *Track, x Seen, changes []Change) (_ []Change, overLimit bool) {
	e := x.Event
	if s.site && e.Type.IsView() {
		var step StepID
		step, overLimit = steps.Page(x.App, e, x.Now)
		changes = t.visitPage(step, event.Hash64(e.Page)|1, e.Time, changes) // 0 is no page
	}
	for i := range s.journeys {
		j := &s.journeys[i]
		if j.app != "" && j.app != e.App {
			continue
		}
		for k := range j.steps {
			if s := &j.steps[k]; s.enteredBy(e, x.Act) {
				changes = j.visit(steps, t, uint8(i+1), uint8(k), &x, changes)
				break
			}
		}
		if j.complete != nil && j.complete(e) {
			changes = t.complete(uint8(i+1), changes)
		}
	}
	return changes, overLimit
}

// enteredBy reports whether an event enters the step.
func (s *compiledStep) enteredBy(e *event.Event, act bool) bool {
	if act {
		return s.types>>e.Type&1 == 1 && s.match(e)
	}
	return s.named != nil && s.named(e)
}

// visitPage is Observe for `site`, whose steps are the pages: a session makes one attempt,
// and nothing completes it. Going to the page before is going back. Pages are compared, not
// steps: two pages that count as `other` are two.
func (t *Track) visitPage(step StepID, page uint64, at event.Millis, changes []Change) []Change {
	a := t.attempt(0)
	a.number = 1
	if a.current >= 0 {
		if a.page == page {
			return changes
		}
		outcome := Advanced
		if a.previous == page {
			outcome = Back
		}
		changes = append(changes, t.leave(a, at, outcome))
		a.previous = a.page
	}
	a.page = page
	return append(changes, t.enter(a, Visit{Entered: at, Step: step, Site: true}))
}

// visit enters step k of journey j. Where the session is on another step of the journey
// it leaves that: back to an earlier step (in any order: to one it entered before), or
// forward. A completed attempt is followed by another one, which may begin at any step. The
// first attempt of a session may continue an unfinished one of the session before.
func (j *compiled) visit(steps *Steps, t *Track, number, k uint8, x *Seen, changes []Change) []Change {
	e, a := x.Event, t.attempt(number)
	here := a.current >= 0
	if here && a.step == k {
		return changes
	}
	if here {
		outcome := Advanced
		if k < a.step && !j.anyOrder || j.anyOrder && a.entered>>k&1 == 1 {
			outcome = Back
		}
		changes = append(changes, t.leave(a, e.Time, outcome))
	}
	v := Visit{Entered: e.Time, Step: steps.Step(StepInfo{x.App, j.name, j.steps[k].name, k})}
	if a.number == 0 || a.reached == completed {
		a.number, a.visits, a.entered, a.reached = a.number+1, 0, 0, k
		a.midway, a.resumed = !j.anyOrder && j.required&(1<<k-1) != 0, false
		if a.number == 1 && j.resume > 0 && x.Earlier != nil {
			if left, ok := x.Earlier.Continue(number, e.Time); ok {
				left.goOn(a)
			}
		}
	}
	v.Midway, v.Resumed = a.midway, a.resumed
	if !j.anyOrder && k > a.reached {
		between := uint64(1)<<k - uint64(2)<<a.reached
		v.Skipped = j.required&between&^a.entered != 0
	}
	a.entered |= 1 << k
	a.step = k
	if !v.Skipped { // a step reached by skipping does not advance the funnel
		a.reached = max(a.reached, k)
	}
	changes = append(changes, t.enter(a, v))
	if j.complete == nil && j.done(a, k) {
		changes = t.complete(number, changes)
	}
	return changes
}

// done reports whether entering step k completes the attempt: every required step
// has been entered (in any order), or k is the last one.
func (j *compiled) done(a *attempt, k uint8) bool {
	if j.anyOrder {
		return a.entered&j.required == j.required
	}
	return int(k) == len(j.steps)-1
}
