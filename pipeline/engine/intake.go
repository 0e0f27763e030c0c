package engine

import (
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// intake keeps records from reading until they are processed: it lends the event to
// decode into, computes the effective time, filters, and re-orders.
type intake struct {
	topics   []string // sorted; records name them by index
	filter   journey.Rule
	clock    session.Clock
	buffer   session.Buffer
	slot     *event.Event // lent to the decoder; nil when none is
	counters *event.Counters
}

// lend returns the event to decode the next record into: the same one until add
// has taken it.
func (in *intake) lend() *event.Event {
	if in.slot == nil {
		in.slot = in.buffer.Slot()
	}
	return in.slot
}

// add takes the decoded event with its record. The clock comes before the filter, so
// that a change of the filter cannot change the order of what is left.
func (in *intake) add(rec *event.Record) {
	ev := in.slot
	ev.Recorded = rec.Time
	in.counters.Consumed++
	if ev.Flags&(event.ClockAhead|event.Foreign) != 0 {
		in.countFlags(ev)
	}
	effective, overtaken := in.clock.Effective(rec.Topic, ev.Time)
	if in.filter != nil && in.filter(ev) {
		in.counters.Filtered++
		return
	}
	if overtaken {
		in.counters.IdleOvertaken++
	}
	in.buffer.Add(session.NewEntry(effective, rec.Topic, rec.Offset, ev))
	in.slot = nil
}

func (in *intake) countFlags(ev *event.Event) {
	if ev.Has(event.ClockAhead) {
		in.counters.ClockAhead++
	}
	if ev.Has(event.Foreign) {
		in.counters.ForeignKey++
	}
}

// countRejected counts a record that could not be decoded.
func (in *intake) countRejected(why event.Reason) {
	in.counters.Consumed++
	in.counters.Rejected++
	in.counters.ByReason[why]++
}

// advance moves the watermark and makes ready what is now below it.
func (in *intake) advance(w event.Millis) {
	in.clock.Advance(w)
	in.buffer.Advance(in.clock.Watermark())
}

// latest is the latest time that the intake knows of: of topics, of records that
// wait, and the watermark.
func (in *intake) latest(gap event.Millis) event.Millis {
	last := max(in.clock.Watermark(), in.buffer.Latest(gap))
	for i := range in.topics {
		last = max(last, in.clock.TopicTime(i))
	}
	return last
}
