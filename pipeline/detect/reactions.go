package detect

import (
	"slices"

	"friction/pipeline/event"
)

// Reactions remembers possible reactions to a click that comes later. What servers tell comes from another topic, so
// it may be processed before the click that it answers. Everything else comes from the tracker, in order.
type Reactions struct {
	Told    []Answer       // the newest of those that may come from another topic
	Latest  []Answer       // the newest of each other type
	Window  Seen           // newest change of visibility, or of the window's focus
	Focus   [2]FocusChange // newest focus of a target, and the newest one of another target
	Presses []FocusChange  // clicks that were judged, one of each target, the newest last
	woke    event.Millis   // newest change of visibility
}

// Answer is an event that may be a reaction: its type, when it began, and when it was processed.
type Answer struct {
	Seen
	Type event.Type
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

// FocusTypes are changes of focus and visibility, which may excuse a click.
var FocusTypes = TypesOf(event.Focus, event.Blur, event.Visibility)

// told are types that may come from another topic than clicks do.
var told = TypesOf(event.Request, event.Submit, event.ErrorType, event.Crash)

// ChangesFocus reports a change of focus or visibility that may excuse a click: one of the window, or a focus. The
// blur of a field does not: a click without any effect takes the focus away, too.
func ChangesFocus(e *event.Event) bool { return e.Type != event.Blur || e.Target.Name() == "" }

// never is far from every time that occurs.
var never = Seen{event.Beginning / 2, event.Beginning / 2}

// ReactionSpan is what one rule remembers of reactions, and for how long.
type ReactionSpan struct {
	Windows     *Windows
	Most        event.Millis // the longest of all its spans
	Consecutive bool         // a click elsewhere makes those before it forgotten
}

// memoryRule says what sessions remember for the rules in force.
type memoryRule struct {
	acts        bool
	reactions   bool
	types       Types                        // of reactions
	within      [event.NumTypes]event.Millis // the shortest time that any rule gives a reaction of a type
	before      event.Millis                 // the longest time that any rule looks back
	remember    event.Millis                 // the longest memory of one
	consecutive bool
}

// note makes room for the spans of one more rule.
func (m *memoryRule) note(s ReactionSpan) {
	for t := range event.NumTypes {
		if !s.Windows.Types.Has(t) {
			continue
		}
		if of := s.Windows.Of(t); !m.types.Has(t) || of < m.within[t] {
			m.within[t] = of
		}
	}
	m.types |= s.Windows.Types
	m.before = max(m.before, s.Windows.Before)
	m.remember = max(m.remember, s.Most+Slack)
	m.reactions, m.consecutive = true, m.consecutive || s.Consecutive
}

// newReactions makes room for what the rules in force remember; nil when that is not known.
func newReactions(rule *memoryRule) *Reactions {
	nothing := FocusChange{Seen: never}
	r := &Reactions{Window: never, Focus: [2]FocusChange{nothing, nothing}, woke: event.Beginning / 2}
	if n := 0; rule != nil {
		for t := range event.NumTypes {
			if (rule.types &^ told).Has(t) {
				n++
			}
		}
		r.Latest = make([]Answer, 0, n)
	}
	return r
}

// wants reports whether an event of a type is remembered.
func (m *memoryRule) wants(t event.Type) bool {
	return m.reactions && ((m.types | FocusTypes).Has(t) || m.consecutive && Clicks.Has(t))
}

// note keeps a reaction or a change of focus. It reports that another one was forgotten that may matter.
func (r *Reactions) note(rule *memoryRule, e *event.Event, now, settled event.Millis) (forgotten bool) {
	if rule.consecutive && Clicks.Has(e.Type) {
		name := e.Target.Name()
		r.Presses = Drop(r.Presses, func(p FocusChange) bool { return p.Target != name })
	}
	if FocusTypes.Has(e.Type) && ChangesFocus(e) {
		r.noteFocus(e, now)
	}
	if !rule.types.Has(e.Type) {
		return false
	}
	a := Answer{Seen{Began(e), now}, e.Type}
	if told.Has(e.Type) {
		r.Told = Drop(r.Told, func(x Answer) bool { return x.Time < settled-rule.before })
		return r.keep(rule, a)
	}
	for i := range r.Latest {
		if x := &r.Latest[i]; x.Type == a.Type {
			if a.Time >= x.Time {
				*x = a
			}
			return false
		}
	}
	r.Latest = append(r.Latest, a)
	return false
}

// Answered reports whether an event that was processed at most span ago is an answer, by some test.
func (r *Reactions) Answered(now, span event.Millis, is func(t event.Type, at event.Millis) bool) bool {
	for _, list := range [2][]Answer{r.Told, r.Latest} {
		for i := range list {
			if a := &list[i]; now <= a.Now+span+Slack && is(a.Type, a.Time) {
				return true
			}
		}
	}
	return false
}

// maxJudged bounds the clicks that a session remembers as judged, each of another target.
const maxJudged = 16

// Pressed reports whether the current click is at most repeat after one on the same target that was judged.
func (in *Input) Pressed(repeat event.Millis) bool {
	e := in.Event
	name := e.Target.Name()
	if in.Reactions == nil || name == "" || repeat == 0 {
		return false
	}
	for i := range in.Reactions.Presses {
		if p := &in.Reactions.Presses[i]; p.Target == name {
			return e.Time >= p.Time && e.Time-p.Time <= repeat && in.Now <= p.Now+repeat+Slack
		}
	}
	return false
}

// Press remembers that the current click was judged, while others on the same target may be part of it.
func (in *Input) Press(repeat event.Millis) {
	name := in.Event.Target.Name()
	if name == "" || repeat == 0 {
		return
	}
	if in.Reactions == nil {
		in.Reactions = newReactions(&in.set.memory)
	}
	r := in.Reactions
	r.Presses = Drop(r.Presses, func(p FocusChange) bool { return p.Target == name || p.Time+repeat < in.Settled })
	r.Presses = Push(in, r.Presses, FocusChange{Seen{in.Event.Time, in.Now}, name}, maxJudged, event.LimitReactions)
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

// maxTold bounds the answers from servers that a session remembers.
const maxTold = 32

// keep remembers an answer from a server. When there are too many, the list is thinned out. It reports that the oldest
// had to go.
//
// A click asks whether any answer came within `within` after it. Of three answers of one type in the order of time, of
// which the first and the last are at most `within` apart, the middle one can be left out: whatever click it answers,
// the last one answers too, or the first one did. What is older than any rule remembers goes as well, and if nothing
// can go, the oldest does. Answers that are out of order are kept.
func (r *Reactions) keep(rule *memoryRule, a Answer) (forgotten bool) {
	if len(r.Told) == maxTold {
		kept := r.Told[:1]
		for i := 1; i < len(r.Told); i++ {
			x, before := r.Told[i], kept[len(kept)-1]
			next := a
			if i+1 < len(r.Told) {
				next = r.Told[i+1]
			}
			alike := x.Type == before.Type && x.Type == next.Type
			if x.Now+rule.remember >= a.Now && (!alike || x.Time < before.Time || next.Time < x.Time || next.Time-before.Time > rule.within[x.Type]) {
				kept = append(kept, x)
			}
		}
		if r.Told = kept; len(kept) == maxTold {
			r.Told, forgotten = slices.Delete(kept, 0, 1), true
		}
	}
	r.Told = append(r.Told, a)
	return forgotten
}

// spent reports that nothing of it still matters.
func (r *Reactions) spent(rule *memoryRule, now event.Millis) bool {
	newest := max(r.Window.Now, r.Focus[0].Now)
	for _, list := range [2][]Answer{r.Told, r.Latest} {
		for i := range list {
			newest = max(newest, list[i].Now)
		}
	}
	if n := len(r.Presses); n > 0 {
		newest = max(newest, r.Presses[n-1].Now)
	}
	return newest+rule.remember < now
}

func (r *Reactions) save(s *event.State) {
	for _, list := range []*[]Answer{&r.Told, &r.Latest} {
		event.Slice(s, list, func(x *Answer) {
			x.save(s)
			event.Uint(s, &x.Type)
		})
	}
	r.Window.save(s)
	for i := range r.Focus {
		r.Focus[i].save(s)
	}
	event.Slice(s, &r.Presses, func(c *FocusChange) { c.save(s) })
	event.Int(s, &r.woke)
}

func (c *FocusChange) save(s *event.State) {
	c.Seen.save(s)
	event.Str(s, &c.Target)
}

func (x *Seen) save(s *event.State) {
	event.Int(s, &x.Time)
	event.Int(s, &x.Now)
}
