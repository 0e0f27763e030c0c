package journey

import (
	"slices"

	"friction/pipeline/event"
)

// Set is the configured journeys, compiled. It never changes.
type Set struct {
	site     bool // the built-in journey of all pages is computed
	maxPages int
	stall    event.Millis
	resumes  bool // some journey can be continued by the next session
	journeys []compiled
}

// compiled is a journey ready for use. Its number is its index in the set, from 1.
type compiled struct {
	name     string
	app      string // "" is any
	anyOrder bool
	resume   event.Millis // how long an unfinished attempt may be continued; 0 for never
	steps    []compiledStep
	complete Rule   // nil: entering the last step, or all required ones, completes it
	required uint64 // steps that are not optional, one bit each
}

type compiledStep struct {
	name  string
	types uint32 // a bit for each type of event that can match
	match Rule
	named Rule // as match, of the rules that name types or operations; nil for none
}

// Compile checks a configuration and returns it ready for use.
func Compile(c Config) (*Set, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Set{site: c.Site.Enabled, maxPages: c.Site.MaxPages, stall: event.Millis(c.StallAfter.Milliseconds())}
	for _, j := range c.List {
		out := compiled{name: j.Name, app: j.App, anyOrder: j.Mode == AnyOrder, resume: event.Millis(j.Resume.Milliseconds())}
		s.resumes = s.resumes || out.resume > 0
		for i, step := range j.Steps {
			rule, err := CompileAny(step.Match)
			if err != nil {
				return nil, err
			}
			if !step.Optional {
				out.required |= 1 << i
			}
			named, err := CompileAny(naming(step.Match))
			if err != nil {
				return nil, err
			}
			out.steps = append(out.steps, compiledStep{step.Name, typesOf(step.Match), rule, named})
		}
		complete, err := CompileAny(j.Complete)
		if err != nil {
			return nil, err
		}
		out.complete = complete
		s.journeys = append(s.journeys, out)
	}
	return s, nil
}

// naming is the rules that name types of events or operations.
func naming(matches []Match) (list []Match) {
	for _, m := range matches {
		if len(m.Type) > 0 || len(m.Op) > 0 {
			list = append(list, m)
		}
	}
	return list
}

// NewSteps returns an empty registry with the set's limit of pages.
func (s *Set) NewSteps() *Steps { return NewSteps(s.maxPages) }

// StallAfter is the silence after which an open visit is stalled, ms.
func (s *Set) StallAfter() event.Millis { return s.stall }

// MovesFrom says, for the number of each journey of another set, which journey of this
// set has the same name.
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
