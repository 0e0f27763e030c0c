package detect

import (
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// Memory is what the detectors of a session share: what happened before the current event.
type Memory struct {
	On        Shown        // the page of the last view
	Reactions *Reactions   // nil when all of it is too old to matter
	Acts      []Act        // the latest things done on purpose
	presses   []press      // the latest clicks and taps that counted, where one act is one event
	viewedAt  event.Millis // time of the last view
	Viewed    bool         // there was a view
	Wandered  bool         // of more than one page
	Acted     bool         // there was a click, submit or input since the last view
	Mutated   bool         // the session has sent a mutation
}

// Shown is a page as the customer sees it: two products can have the same page name.
type Shown struct {
	Page string
	ID   uint64
}

// ShownBy is the page that an event is about.
func ShownBy(e *event.Event) Shown { return Shown{e.Page, e.RawPage} }

// Save visits the state.
func (p *Shown) Save(s *event.State) {
	event.Str(s, &p.Page)
	s.Hash(&p.ID)
}

// Act is something done on purpose: a click, a tap or a submit.
type Act struct {
	Time  event.Millis
	ID    string
	Taken uint32 // what [Input.Taken] was
	Used  bool   // it is part of a signal already
}

// maxActs bounds the acts that a session remembers.
const maxActs = 16

var (
	acting  = Clicks | TypesOf(event.Submit) // what is remembered as an act
	actions = acting | TypesOf(event.Input)  // what people do on a page
)

// remember updates the memory with the current event.
func (m *Memory) remember(s *Set, in *Input) {
	e := in.Event
	switch {
	case in.again:
		m.viewedAt = e.Time
	case e.Type.IsView():
		m.Wandered = m.Wandered || m.Viewed && ShownBy(e) != m.On
		m.On, m.Viewed, m.Acted, m.viewedAt = ShownBy(e), true, false, e.Time
	case actions.Has(e.Type):
		m.Acted = true
		if s.memory.acts && acting.Has(e.Type) {
			m.act(in)
		}
	case e.Type == event.Mutation:
		m.Mutated = true
	}
	if s.memory.wants(e.Type) {
		if m.Reactions == nil {
			m.Reactions = newReactions(&s.memory)
		}
		if m.Reactions.note(&s.memory, e, in.Now, in.Settled) {
			in.Reached(event.LimitReactions)
		}
	}
}

// act remembers the current event. Acts are not remembered for longer than any threshold may be.
func (m *Memory) act(in *Input) {
	t := in.Event.Time
	n := 0
	for n < len(m.Acts) && (m.Acts[n].Time < t-session.Millis(Longest) || len(m.Acts)-n == maxActs) {
		if m.Acts[n].Time >= t-session.Millis(Longest) {
			in.Reached(event.LimitActs)
		}
		n++
	}
	if n > 0 {
		kept := copy(m.Acts, m.Acts[n:])
		clear(m.Acts[kept:])
		m.Acts = m.Acts[:kept]
	}
	m.Acts = append(m.Acts, Act{Time: t, ID: in.EventID(), Taken: in.Taken})
}

func (a *Act) save(s *event.State) {
	event.Int(s, &a.Time)
	event.Str(s, &a.ID)
	event.Uint(s, &a.Taken)
	s.Bool(&a.Used)
}
