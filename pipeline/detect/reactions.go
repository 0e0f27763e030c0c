package detect

import (
	"slices"

	"friction/pipeline/event"
)

// Reactions remembers possible reactions to a click that comes later. Requests and crashes come from another topic,
// so they may be processed before the click that they answer. Everything else comes from the tracker, in order.
type Reactions struct {
	Requests []Seen         // the newest, and crashes
	Other    Seen           // newest reaction of another type
	Window   Seen           // newest change of visibility, or of the window's focus
	Press    FocusChange    // newest click
	Focus    [2]FocusChange // newest focus of a target, and the newest one of another target
	woke     event.Millis   // newest change of visibility
}

// Seen is when something happened (event time), and when it was processed (effective time).
type Seen struct{ Time, Now event.Millis }

// FocusChange is a change of focus or visibility, of the window if Target is empty; or a click.
type FocusChange struct {
	Seen
	Target string
}

// FocusChangeOf is what an event changes.
func FocusChangeOf(e *event.Event, now event.Millis) FocusChange {
	c := FocusChange{Seen: Seen{e.Time, now}}
	if e.Type != event.Visibility {
		c.Target = e.Target.Name()
	}
	return c
}

// What may answer a click, and what may excuse one.
var (
	Reacting = TypesOf(
		event.Mutation, event.PageView, event.ScreenView, event.Request, event.Input, event.Scroll, event.Selection, event.Crash,
	)
	FocusTypes = TypesOf(event.Focus, event.Blur, event.Visibility)
)

// ChangesFocus reports a change of focus or visibility that may excuse a click: one of the window, or a focus. The
// blur of a field does not: a click without any effect takes the focus away, too.
func ChangesFocus(e *event.Event) bool { return e.Type != event.Blur || e.Target.Name() == "" }

// never is far from every time that occurs.
var never = Seen{event.Beginning / 2, event.Beginning / 2}

// ReactionSpan is how long reactions matter to one rule.
type ReactionSpan struct {
	Within event.Millis // how long a reaction may take
	Most   event.Millis // the longest of all its spans
}

// memoryRule says what sessions remember for the rules in force.
type memoryRule struct {
	acts      bool
	reactions bool
	within    event.Millis // the shortest wait for a reaction
	remember  event.Millis // the longest memory of one
}

// note makes room for the spans of one more rule.
func (m *memoryRule) note(s ReactionSpan) {
	if !m.reactions || s.Within < m.within {
		m.within = s.Within
	}
	m.remember = max(m.remember, s.Most+Slack)
	m.reactions = true
}

func newReactions() *Reactions {
	nothing := FocusChange{Seen: never}
	return &Reactions{Other: never, Window: never, Press: nothing, Focus: [2]FocusChange{nothing, nothing}, woke: event.Beginning / 2}
}

// note keeps a reaction, a change of focus or a click. It reports that another one was forgotten that may matter.
func (r *Reactions) note(rule *memoryRule, e *event.Event, now, settled event.Millis) (forgotten bool) {
	seen := Seen{e.Time, now}
	switch {
	case Clicks.Has(e.Type):
		r.Press = FocusChange{seen, e.Target.Name()}
	case FocusTypes.Has(e.Type):
		if ChangesFocus(e) {
			r.noteFocus(e, now)
		}
	case e.Type == event.Request || e.Type == event.Crash:
		r.Requests = Drop(r.Requests, func(x Seen) bool { return x.Time < settled })
		return r.keep(rule, seen)
	case seen.Time >= r.Other.Time:
		r.Other = seen
	}
	return false
}

// noteFocus keeps the newest change of the window, and the newest of two targets.
func (r *Reactions) noteFocus(e *event.Event, now event.Millis) {
	switch c := FocusChangeOf(e, now); {
	case c.Target == "":
		if c.Time >= r.Window.Time {
			r.Window = c.Seen
		}
	case c.Target != r.Focus[0].Target:
		r.Focus[1] = r.Focus[0]
		fallthrough
	default:
		r.Focus[0] = c
	}
	if e.Type == event.Visibility {
		r.woke = e.Time
	}
}

// maxRequests bounds the requests a session remembers.
const maxRequests = 32

// keep remembers a request. When there are too many, the list is thinned out. It reports that the oldest had to go.
//
// A click asks whether any request came within `within` after it. Of three requests
// in the order of time, of which the first and the last are at most `within` apart,
// the middle one can be left out: whatever click it answers, the last one answers
// too, or the first one did. What is older than any rule remembers goes as well, and
// if nothing can go, the oldest does. Requests that are out of order are kept.
func (r *Reactions) keep(rule *memoryRule, seen Seen) (forgotten bool) {
	if len(r.Requests) == maxRequests {
		kept := r.Requests[:1]
		for i := 1; i < len(r.Requests); i++ {
			x, before := r.Requests[i], kept[len(kept)-1]
			next := seen
			if i+1 < len(r.Requests) {
				next = r.Requests[i+1]
			}
			if x.Now+rule.remember >= seen.Now && (x.Time < before.Time || next.Time < x.Time || next.Time-before.Time > rule.within) {
				kept = append(kept, x)
			}
		}
		if r.Requests = kept; len(kept) == maxRequests {
			r.Requests, forgotten = slices.Delete(kept, 0, 1), true
		}
	}
	r.Requests = append(r.Requests, seen)
	return forgotten
}

// spent reports that nothing of it still matters.
func (r *Reactions) spent(rule *memoryRule, now event.Millis) bool {
	newest := max(r.Other.Now, r.Window.Now, r.Press.Now, r.Focus[0].Now)
	if n := len(r.Requests); n > 0 {
		newest = max(newest, r.Requests[n-1].Now)
	}
	return newest+rule.remember < now
}

func (r *Reactions) save(s *event.State) {
	event.Slice(s, &r.Requests, func(x *Seen) { x.save(s) })
	r.Other.save(s)
	r.Window.save(s)
	for _, c := range [...]*FocusChange{&r.Press, &r.Focus[0], &r.Focus[1]} {
		c.save(s)
		event.Str(s, &c.Target)
	}
	event.Int(s, &r.woke)
}

func (x *Seen) save(s *event.State) {
	event.Int(s, &x.Time)
	event.Int(s, &x.Now)
}
