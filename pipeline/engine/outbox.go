package engine

import (
	"cmp"
	"slices"
	"strings"

	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// outbox holds the rows made since they were last taken, at most one of each key.
type outbox struct {
	rows     *score.Rows
	recycled *score.Rows // memory to make the next rows in; nil for none
	number   uint32      // of this outbox, so that a visit knows whether its row is in it
	bytes    int         // estimated size of the rows that Run made
	limit    int         // of bytes
}

func newOutbox(limit int) outbox { return outbox{rows: &score.Rows{}, number: 1, limit: limit} }

// full reports that the limit is reached. Rejected records do not count: recovery
// reads them all before it processes the first, and would stop elsewhere.
func (o *outbox) full() bool { return o.bytes >= o.limit }

// take returns the rows and begins the next outbox. How topics interleaved when they
// were read must not show, so rejected records are sorted.
func (o *outbox) take() *score.Rows {
	rows := o.rows
	slices.SortFunc(rows.Rejected, func(a, b score.RejectedRow) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Offset, b.Offset))
	})
	if o.rows, o.recycled = o.recycled, nil; o.rows == nil {
		o.rows = &score.Rows{}
	}
	o.bytes = 0
	o.number++
	return rows
}

// recycle takes the memory of rows that nobody reads any more.
func (o *outbox) recycle(rows *score.Rows) {
	rows.Clear()
	o.recycled = rows
}

// addVisit adds a visit's row, or replaces the one that this outbox has of it.
func (o *outbox) addVisit(v *journey.Visit, row *score.VisitRow) {
	if v.Outbox == o.number {
		o.rows.Visits[v.Row] = *row
		return
	}
	v.Outbox, v.Row = o.number, uint32(len(o.rows.Visits))
	o.rows.AddVisit(*row)
	o.bytes += 96 + len(row.User)
}

// visit is the row of a visit that was written to this outbox.
func (o *outbox) visit(v *journey.Visit) *score.VisitRow { return &o.rows.Visits[v.Row] }

func (o *outbox) addSignal(row *score.SignalRow) {
	o.rows.Signals = append(o.rows.Signals, *row)
	o.bytes += 160 + len(row.User) + 40*len(row.EventIDs) + 24*len(row.Visits)
}

func (o *outbox) addSession(row *score.SessionRow) {
	o.rows.Sessions = append(o.rows.Sessions, *row)
	o.bytes += 160 + len(row.User)
}

func (o *outbox) addRejected(row score.RejectedRow) {
	o.rows.Rejected = append(o.rows.Rejected, row)
}

// addLate adds the row of an event whose session is closed for good.
func (o *outbox) addLate(late *session.Entry, topic string) {
	ev := late.Event
	o.rows.Late = append(o.rows.Late, score.LateRow{
		Topic: topic, Offset: late.Offset(), RecordTime: ev.Recorded, EventTime: ev.Time,
		App: ev.App, User: strings.Clone(ev.User), Type: ev.Type.String(), Page: ev.Page, EventID: strings.Clone(ev.ID),
		LateBy: late.Effective - ev.Time,
	})
	o.bytes += 128 + len(ev.User) + len(ev.ID)
}
