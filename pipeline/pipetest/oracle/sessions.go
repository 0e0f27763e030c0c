package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// order is every record that no filter drops, by (effective time, event time, topic, offset).
func (o *oracle) order() []*occurrence {
	var all []*occurrence
	topicTime := map[int]event.Millis{}
	offsets := map[int]int64{}
	disorder := ms(o.w.Config.Sessions.Disorder)
	for i := range o.w.Log {
		r := &o.w.Log[i]
		e := r.Event // its time may be corrected
		h := &occurrence{topic: r.Topic, offset: offsets[r.Topic], e: &e, recorded: e.Time}
		offsets[r.Topic]++
		o.counters.Consumed++
		if h.e.Has(event.ClockAhead) {
			o.counters.ClockAhead++
		}
		if h.e.Has(event.Foreign) {
			o.counters.ForeignKey++
		}
		if high, ok := topicTime[r.Topic]; !ok || r.Event.Time > high {
			topicTime[r.Topic] = r.Event.Time
		}
		h.effective = max(r.Event.Time, topicTime[r.Topic]-disorder)
		if anyMatches(o.w.Config.Filter, h.e) {
			o.counters.Filtered++
			continue
		}
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b *occurrence) int {
		return cmp.Or(cmp.Compare(a.effective, b.effective), cmp.Compare(a.recorded, b.recorded), cmp.Compare(a.e.Lead, b.e.Lead),
			cmp.Compare(a.topic, b.topic), cmp.Compare(a.offset, b.offset))
	})
	return all
}

// sessions gives every event its session, or says why it has none.
func (o *oracle) sessions(all []*occurrence) {
	limits := o.w.Config.Sessions
	for _, h := range all {
		o.closeBefore(h.effective)
		o.correct(h)
		e, at := h.e, place{h.e.Key, h.e.Time+o.gap+o.grace < h.effective}
		if at.overdue && o.countedBefore(h) {
			continue
		}
		s := o.open[at]
		before := s != nil && o.isLate(s, e.Time)
		switch {
		case before && !at.overdue:
			o.late(h)
			continue
		case s == nil && len(o.open) >= limits.MaxOpen:
			o.counters.Capped++
			continue
		case s == nil || before || e.Time > s.end+o.gap || s.acts > 0 && o.isAct(e) && (e.Time > s.start+o.max || o.startsNext(s, e)):
			if s != nil {
				o.close(at, h.effective)
			}
			s = o.begin(at, e, s)
		case o.repeats(s, h):
			s.duplicates++
			o.counters.Duplicates++
			continue
		case len(s.all) >= limits.MaxEvents, e.ID != "" && len(s.ids) >= limits.MaxIDs:
			s.capped++
			o.counters.Capped++
			continue
		}
		o.join(s, h)
		if s.acts == 1 && s.name == "" {
			o.names[e.Key]++
			s.name = fmt.Sprintf("%s/%s/%s#%d", e.App, e.User, e.Client, o.names[e.Key])
		}
	}
	o.leaveOutUnattended()
}

// leaveOutUnattended drops the sessions in which nobody did anything.
func (o *oracle) leaveOutUnattended() {
	o.histories = slices.DeleteFunc(o.histories, func(s *history) bool { return s.acts == 0 })
	for _, s := range o.histories {
		o.counters.InSessions += uint64(len(s.all))
		o.counters.LateJoined += uint64(len(s.all) - len(s.seen))
		if s.overdue {
			o.counters.Overdue += uint64(len(s.all))
		}
	}
	c := o.counters
	o.counters.Unattended = c.Consumed - c.Filtered - c.Late - c.Duplicates - c.Capped - c.InSessions
}

// isAct says that somebody did this, and no app by itself.
func (o *oracle) isAct(e *event.Event) bool {
	switch e.Type {
	case event.Mutation, event.Visibility, event.MouseMove, event.Request:
		ofPage := e.Type == event.Request && e.Page != "" && e.Op == "GET "+e.Page
		return o.limits.Acts == session.AllActs || e.Has(event.AccessLog) || ofPage
	}
	return true
}

// begin opens the session that an event begins, after the one it replaces, if there is one.
func (o *oracle) begin(at place, e *event.Event, replaced *history) *history {
	s := &history{opened: e.Time, start: e.Time, end: e.Time, newest: map[int]event.Millis{}, ids: map[string]bool{}, offsets: map[device]event.Millis{}, overdue: at.overdue}
	s.entered, s.inherits, s.returned = map[string]bool{}, map[string]*attempt{}, map[string]bool{}
	if replaced != nil {
		s.split = e.Time > replaced.end && e.Time <= replaced.end+o.gap
	}
	s.app = o.nameOf(e.App)
	o.open[at] = s
	o.histories = append(o.histories, s)
	return s
}

// startsNext says that an event begins another day, or comes from another campaign.
func (o *oracle) startsNext(s *history, e *event.Event) bool {
	if e.Time <= s.end {
		return false
	}
	from := o.campaign(e)
	return o.limits.Midnight != "" && o.date(e.Time) != o.date(s.end) || from != "" && from != s.campaign
}

// date is the day of an offset's clock.
func (o *oracle) date(t event.Millis) string {
	at, err := time.ParseInLocation("-07:00", o.limits.Midnight, time.UTC)
	if err != nil {
		panic(err) // it has been checked
	}
	return time.UnixMilli(int64(t)).In(at.Location()).Format(time.DateOnly)
}

// campaign is what an event says of where it comes from.
func (o *oracle) campaign(e *event.Event) (from string) {
	for _, name := range o.limits.Campaigns {
		if v := e.Attr(name); v != "" {
			from += name + "=" + v + " "
		}
	}
	return from
}

// isLate says that an event cannot join an open session although it is not later than it.
func (o *oracle) isLate(s *history, t event.Millis) bool {
	if s.acts == 0 {
		return t < s.start-o.gap
	}
	if o.limits.Midnight != "" && t < s.start && o.date(t) != o.date(s.start) {
		return true
	}
	return t < s.start-o.gap || s.end-t > o.max || s.split && t < s.opened
}

// join makes an event part of a session. One older than the newest of its topic in that session is out of order. Only
// acts move the start and the end.
func (o *oracle) join(s *history, h *occurrence) {
	t := h.e.Time
	newest, known := s.newest[h.topic]
	h.outOfOrder = known && t < newest
	if !known || t > newest {
		s.newest[h.topic] = t
	}
	if o.isAct(h.e) {
		if s.acts++; s.acts == 1 {
			s.opened, s.start, s.end, s.first = t, t, t, len(s.all)+1
		}
		if s.campaign == "" {
			s.campaign = o.campaign(h.e)
		}
		s.start, s.end = min(s.start, t), max(s.end, t)
	}
	if h.e.ID != "" {
		s.ids[h.e.ID] = true
	}
	s.noteOffset(h)
	h.passive, h.early = !o.isAct(h.e), s.acts == 0
	s.all = append(s.all, h)
	if !h.outOfOrder {
		if !h.early {
			o.goOn(s, h)
		}
		s.seen = append(s.seen, h)
	}
}

func (o *oracle) late(h *occurrence) {
	o.counters.Late++
	o.counters.ByReason[event.Late]++
	o.rows.Late = append(o.rows.Late, score.LateRow{
		Topic: o.w.Topics[h.topic], Offset: h.offset, RecordTime: h.e.Recorded, EventTime: h.e.Time, App: h.e.App, User: h.e.User,
		Type: h.e.Type.String(), Page: h.e.Page, EventID: h.e.ID, LateBy: h.effective - h.e.Time,
	})
}

// inOrder is every event that visits and detectors see, over all sessions, as taken.
func (o *oracle) inOrder() []*occurrence {
	var all []*occurrence
	for _, s := range o.histories {
		all = append(all, seen(s.all)...)
	}
	slices.SortFunc(all, func(a, b *occurrence) int {
		return cmp.Or(cmp.Compare(a.effective, b.effective), cmp.Compare(a.recorded, b.recorded), cmp.Compare(a.e.Lead, b.e.Lead),
			cmp.Compare(a.topic, b.topic), cmp.Compare(a.offset, b.offset))
	})
	return all
}
