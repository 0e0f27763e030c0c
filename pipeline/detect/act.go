package detect

import (
	"friction/pipeline/event"
)

// press is a click or tap that counted. A touch is reported as a tap and as the click that the browser makes of it, and
// a click on a label is followed by one on its control: together they are one act.
type press struct {
	time, now      event.Millis
	id             string // of the target
	x, y           float32
	located        bool // x and y say where it was
	label, control bool // what the target is
}

const (
	actSpan           event.Millis = 50  // how far apart, in ms, the events of one act are at most
	actDistance                    = 5   // and in CSS px, where their targets differ
	viewSpan          event.Millis = 500 // how long after a view of the page one is on another is the same view, in ms
	maxPresses                     = 4   // presses that are remembered: one for each finger and hand
	actDistanceSquare              = actDistance * actDistance
)

func pressOf(e *event.Event, now event.Millis) press {
	p := press{time: e.Time, now: now, x: e.X, y: e.Y, located: IsLocated(e)}
	if t := e.Target; t != nil {
		p.id, p.label, p.control = t.ID, t.Tag == "label", isControl(t)
	}
	return p
}

// IsLocated reports whether the position says where a click was. One made from the keyboard is reported at 0,0.
func IsLocated(e *event.Event) bool {
	return e.Has(event.HasPosition) && !e.Has(event.Keyboard) && (e.X != 0 || e.Y != 0)
}

// isControl reports what a label can be of.
func isControl(t *event.Target) bool {
	switch t.Tag {
	case "input", "select", "textarea", "button", "meter", "output", "progress":
		return true
	}
	switch t.Role {
	case "checkbox", "radio", "switch":
		return t.Tag != "label"
	}
	return t.InputType != "" && t.Tag != "label"
}

// sameAct reports a click or tap that is one act with an earlier one: at most 50 ms from the first that was taken, and
// of the same id, or at most 5 px away, or one of a label and the other of a control. A click of another act is
// remembered.
func (m *Memory) sameAct(e *event.Event, now event.Millis) bool {
	if !e.Has(event.MillisecondTime) {
		return false
	}
	p := pressOf(e, now)
	for i := range m.presses {
		if m.presses[i].sameAct(&p) {
			return true
		}
	}
	switch {
	case m.presses == nil:
		m.presses = make([]press, 0, maxPresses)
	case len(m.presses) == maxPresses:
		m.presses = append(m.presses[:0], m.presses[1:]...)
	}
	m.presses = append(m.presses, p)
	return false
}

func (p *press) sameAct(next *press) bool {
	if d := next.time - p.time; d > actSpan || d < -actSpan || next.now > p.now+Slack {
		return false
	}
	dx, dy := float64(p.x)-float64(next.x), float64(p.y)-float64(next.y)
	return p.id != "" && p.id == next.id ||
		p.located && next.located && float64(dx*dx)+float64(dy*dy) <= actDistanceSquare ||
		p.label && next.control || p.control && next.label
}

func (p *press) save(s *event.State) {
	event.Int(s, &p.time)
	event.Int(s, &p.now)
	event.Str(s, &p.id)
	s.Float(&p.x)
	s.Float(&p.y)
	s.Bool(&p.located)
	s.Bool(&p.label)
	s.Bool(&p.control)
}

// sameView reports a view of the page one is on that comes so soon after the last view that it is the same view:
// people need longer.
func (m *Memory) sameView(e *event.Event) bool {
	return m.Viewed && m.On == ShownBy(e) && e.Time >= m.viewedAt && e.Time <= m.viewedAt+viewSpan
}
