package session

import "friction/pipeline/event"

// Save visits the clock.
func (c *Clock) Save(st *event.State) {
	topics := len(c.topicTimes)
	event.Slice(st, &c.topicTimes, func(t *event.Millis) { event.Int(st, t) })
	event.Int(st, &c.watermark)
	if len(c.topicTimes) != topics {
		st.Fail("state of another number of topics")
	}
}

// Save visits the records not yet processed, of so many topics.
func (b *Buffer) Save(st *event.State, topics int) {
	all := b.All()
	event.Slice(st, &all, func(e *Entry) {
		if st.Reading() {
			e.Event = b.Slot()
		}
		event.Time(st, &e.Effective)
		event.Uint(st, &e.order)
		if int(e.Topic()) >= topics {
			st.Fail("record of an unknown topic")
		}
		e.Event.Save(st)
		e.Time = e.Event.Time
	})
	if st.Reading() {
		b.waiting = all
	}
}

// Save visits a session, but for its ids.
func (s *Session) Save(st *event.State) {
	event.Int(st, &s.Opened)
	event.Int(st, &s.Start)
	event.Int(st, &s.End)
	event.Int(st, &s.LastActive)
	event.Int(st, &s.LastAct)
	for i := range s.newest {
		event.Int(st, &s.newest[i])
	}
	event.Uint(st, &s.Events)
	event.Uint(st, &s.Duplicates)
	event.Uint(st, &s.Capped)
	event.Uint(st, &s.LateJoined)
	event.Int(st, &s.ClockOffset)
	event.Slice(st, &s.offsets, func(o *clockOffset) {
		st.Hash(&o.client)
		event.Int(st, &o.offset)
		event.Uint(st, &o.topic)
	})
	event.Slice(st, &s.recent, func(x *recentEvent) { s.saveRecent(st, x) })
	s.saveOrigin(st)
}

// saveRecent visits an event that is remembered, by how long before the end it was.
func (s *Session) saveRecent(st *event.State, x *recentEvent) {
	ago := s.End - x.time
	event.Int(st, &ago)
	x.time = s.End - ago
	st.Hash(&x.hash)
	event.Uint(st, &x.topic)
	if x.topic >= MaxTopics {
		st.Fail("event of an unknown topic")
		x.topic = 0
	}
}

// saveOrigin visits how the session began: a bit for a split, one for a campaign, whose
// hash follows, one for a session that is overdue, and one for a session without an act.
func (s *Session) saveOrigin(st *event.State) {
	const split, campaign, overdue, provisional = 1, 2, 4, 8
	var how uint8
	if s.Split {
		how |= split
	}
	if s.Campaign != 0 {
		how |= campaign
	}
	if s.Overdue {
		how |= overdue
	}
	if s.Provisional {
		how |= provisional
	}
	event.Uint(st, &how)
	if how > split|campaign|overdue|provisional {
		st.Fail("session of an unknown origin")
	}
	s.Split, s.Overdue, s.Provisional = how&split != 0, how&overdue != 0, how&provisional != 0
	if how&campaign == 0 {
		s.Campaign = 0
		return
	}
	st.Hash(&s.Campaign)
}

// Save visits the set.
func (s *IDs) Save(st *event.State) {
	ids := s.Sorted()
	event.Slice(st, &ids, func(h *uint64) {
		st.Hash(h)
		if st.Reading() && s.in == nil {
			s.in = newIDSet(len(ids))
		}
		if st.Reading() && !s.Has(*h) {
			s.Add(*h)
		}
	})
}
