package detect

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// reactions is what a session remembers of what could answer a click that is
// still to be taken. Requests come from a topic of their own, so that one may be
// taken before the click it answers, and so are crashes; all else is the tracker's, which sends it in
// order.
type reactions struct {
	requests []moment // the newest, and crashes
	other    moment   // newest reaction of another type
	window   moment   // newest change of visibility, or of the window's focus
	press    blink    // newest click
	blinks   [2]blink // newest focus of a target, and the newest one of another target
	woke     event.Millis
}

// moment is when something happened, and when it was taken.
type moment struct{ time, now event.Millis }

// blink is a change of focus or visibility, of the window when target is empty; or
// a click.
type blink struct {
	moment
	target string
}

func blinkOf(e *event.Event, now event.Millis) blink {
	b := blink{moment: moment{e.Time, now}}
	if e.Type != event.Visibility {
		b.target = e.Target.Name()
	}
	return b
}

var reacting = typesOf(
	event.Mutation, event.PageView, event.ScreenView, event.Request, event.Input, event.Scroll, event.Selection, event.Crash,
)

var blinking = typesOf(event.Focus, event.Blur, event.Visibility)

// blinks reports a change of focus or visibility that may excuse a click: one of
// the window, or a focus. That a field is left says nothing: the click that does
// nothing takes its focus, too.
func blinks(e *event.Event) bool { return e.Type != event.Blur || e.Target.Name() == "" }

// never is a moment that nothing can be near to.
var never = moment{event.Beginning / 2, event.Beginning / 2}

// memoryRule says how long reactions matter to any dead click rule in force.
type memoryRule struct {
	on       bool
	within   event.Millis // the shortest wait
	remember event.Millis // the longest memory
}

// note makes room for the thresholds of one more dead click rule.
func (m *memoryRule) note(c DeadClickConfig) {
	within := session.Millis(c.Within)
	if !m.on || within < m.within {
		m.within = within
	}
	m.remember = max(m.remember, within+patience, session.Millis(c.Repeat)+patience, session.Millis(c.Forgive)+patience)
	m.on = true
}

func newReactions() *reactions {
	return &reactions{other: never, window: never, press: blink{moment: never}, blinks: [2]blink{{moment: never}, {moment: never}}, woke: event.Beginning / 2}
}

// note keeps a reaction, a blink or a click.
func (r *reactions) note(rule *memoryRule, e *event.Event, now, settled event.Millis) {
	m := moment{e.Time, now}
	switch {
	case clicks.has(e.Type):
		r.press = blink{m, e.Target.Name()}
	case blinking.has(e.Type):
		if !blinks(e) {
			return
		}
		switch b := blinkOf(e, now); {
		case b.target == "":
			if m.time >= r.window.time {
				r.window = m
			}
		case b.target != r.blinks[0].target:
			r.blinks[1] = r.blinks[0]
			fallthrough
		default:
			r.blinks[0] = b
		}
		if e.Type == event.Visibility {
			r.woke = e.Time
		}
	case e.Type == event.Request || e.Type == event.Crash:
		r.requests = drop(r.requests, func(x moment) bool { return x.time < settled })
		r.keep(rule, m)
	case m.time >= r.other.time:
		r.other = m
	}
}

// maxRequests bounds the requests a session remembers.
const maxRequests = 32

// keep remembers a request. Of three within the span, the one in the middle
// says nothing that the others do not.
func (r *reactions) keep(rule *memoryRule, m moment) {
	if len(r.requests) == maxRequests {
		kept := r.requests[:1]
		for i := 1; i < len(r.requests); i++ {
			x, before := r.requests[i], kept[len(kept)-1]
			next := m
			if i+1 < len(r.requests) {
				next = r.requests[i+1]
			}
			if x.now+rule.remember >= m.now && (x.time < before.time || next.time < x.time || next.time-before.time > rule.within) {
				kept = append(kept, x)
			}
		}
		if r.requests = kept; len(kept) == maxRequests {
			r.requests = slices.Delete(kept, 0, 1)
		}
	}
	r.requests = append(r.requests, m)
}

// spent says that nothing of it could still matter.
func (r *reactions) spent(rule *memoryRule, now event.Millis) bool {
	newest := max(r.other.now, r.window.now, r.press.now, r.blinks[0].now)
	if n := len(r.requests); n > 0 {
		newest = max(newest, r.requests[n-1].now)
	}
	return newest+rule.remember < now
}

func (r *reactions) save(s *event.State) {
	event.Slice(s, &r.requests, func(m *moment) { m.save(s) })
	r.other.save(s)
	r.window.save(s)
	for _, b := range [...]*blink{&r.press, &r.blinks[0], &r.blinks[1]} {
		b.save(s)
		event.Str(s, &b.target)
	}
	event.Int(s, &r.woke)
}

func (m *moment) save(s *event.State) {
	event.Int(s, &m.time)
	event.Int(s, &m.now)
}
