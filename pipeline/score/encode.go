package score

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"friction/pipeline/event"
)

// rowsFormat is the first byte of encoded rows. A change of any row type needs
// a new number, one of engine.Version, and keeps the old decoder. Format 1 had no
// outcome of signals; up to format 2 every row was written by itself.
const rowsFormat = 3

// ErrRowsFormat says that encoded rows were written in a format this version
// does not know.
var ErrRowsFormat = errors.New("rows are in an unknown format, written by a newer version")

// AppendRows appends the encoding of r to dst: a format byte, then each kind of
// row as a count and its fields. Numbers are varints. Neighbours have much in
// common, so texts and times are told by how they differ from the row before.
// Equal rows always give equal bytes, so that their digest can be compared.
func AppendRows(dst []byte, r *Rows) []byte {
	dst = append(slices.Grow(dst, r.size()), rowsFormat)
	dst = appendRows(dst, r.Sessions, appendSession)
	dst = appendRows(dst, r.Visits, appendVisit)
	dst = appendRows(dst, r.Signals, appendSignal)
	dst = appendRows(dst, r.Windows, appendWindow)
	dst = appendRows(dst, r.Panes, appendPane)
	dst = appendRows(dst, r.Late, appendLate)
	dst = appendRows(dst, r.Rejected, appendRejected)
	return appendList(dst, r.Progress, appendProgress)
}

// size is about how many bytes the encoded rows take, rather more than fewer.
func (r *Rows) size() int {
	return 64 + 128*(len(r.Sessions)+len(r.Visits)+len(r.Late)+len(r.Rejected)) + 256*len(r.Signals) + 64*(len(r.Windows)+len(r.Panes))
}

// appendRows is appendList of rows that are told by the one before. Before the
// first is an empty one.
func appendRows[T any](b []byte, list []T, one func(b []byte, r, before *T) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	before := new(T)
	for i := range list {
		b = one(b, &list[i], before)
		before = &list[i]
	}
	return b
}

func appendList[T any](b []byte, list []T, one func([]byte, *T) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		b = one(b, &list[i])
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// appendOther appends 0 for a text that is as it was before, else its length + 1
// and itself.
func appendOther(b []byte, s, before string) []byte {
	if s == before {
		return append(b, 0)
	}
	b = appendNum(b, uint64(len(s))+1)
	return append(b, s...)
}

func appendTime(b []byte, t event.Millis) []byte { return binary.AppendVarint(b, int64(t)) }

// appendSince appends a time by what has passed since another. What is beyond the
// largest number comes around, here and when it is read.
func appendSince(b []byte, t, since event.Millis) []byte { return appendTime(b, t-since) }

func appendNum[T uint8 | uint16 | uint32 | uint64](b []byte, n T) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return binary.AppendUvarint(b, uint64(n))
}

func appendBits(b []byte, bits ...bool) []byte {
	var v byte
	for i, set := range bits {
		if set {
			v |= 1 << i
		}
	}
	return append(b, v)
}

func appendPair(b []byte, p, before *Pair) []byte {
	return appendOther(appendOther(b, p.Name, before.Name), p.Value, before.Value)
}

func appendCount(b []byte, c, before *Count) []byte {
	return appendNum(appendOther(b, c.Name, before.Name), c.N)
}

// appendAlike is appendList of what is told by the entry at its place in the list
// before.
func appendAlike[T any](b []byte, list, before []T, one func(b []byte, v, before *T) []byte) []byte {
	b = appendNum(b, uint64(len(list)))
	var none T
	for i := range list {
		other := &none
		if i < len(before) {
			other = &before[i]
		}
		b = one(b, &list[i], other)
	}
	return b
}

func appendBucket(b []byte, c *Count32) []byte { return appendNum(append(b, c.Bucket), c.N) }

func appendPlain(b []byte, s *string) []byte { return appendText(b, *s) }

func appendRef(b []byte, v, before *VisitRef) []byte {
	b = appendOther(b, v.Journey, before.Journey)
	b = appendOther(b, v.Step, before.Step)
	b = appendNum(b, v.Attempt)
	return appendNum(b, v.Visit)
}

func appendSession(b []byte, r, was *SessionRow) []byte {
	b = appendOther(b, r.App, was.App)
	b = append(b, r.SessionID[:]...)
	b = appendOther(b, r.User, was.User)
	b = appendOther(b, r.Account, was.Account)
	b = appendOther(b, r.Client, was.Client)
	b = appendSince(b, r.OpenedAt, was.OpenedAt)
	b = appendSince(b, r.StartedAt, r.OpenedAt)
	b = appendSince(b, r.EndedAt, r.OpenedAt)
	b = appendNum(b, r.Events)
	b = appendNum(b, r.Pages)
	b = appendNum(b, r.Duplicates)
	b = appendNum(b, r.Capped)
	b = appendNum(b, r.LateJoined)
	b = appendNum(b, r.ClockAhead)
	b = appendOther(b, r.EntryPage, was.EntryPage)
	b = appendOther(b, r.ExitPage, was.ExitPage)
	b = appendAlike(b, r.Segments, was.Segments, appendPair)
	b = appendAlike(b, r.Signals, was.Signals, appendCount)
	return appendNum(b, r.Pain)
}

func appendVisit(b []byte, r, was *VisitRow) []byte {
	b = appendOther(b, r.App, was.App)
	b = appendOther(b, r.Journey, was.Journey)
	b = appendOther(b, r.Step, was.Step)
	b = append(b, r.StepIndex)
	b = append(b, r.SessionID[:]...)
	b = appendOther(b, r.User, was.User)
	b = appendNum(b, r.Attempt)
	b = appendNum(b, r.Visit)
	b = appendSince(b, r.EnteredAt, was.EnteredAt)
	b = appendSince(b, r.LeftAt, r.EnteredAt)
	b = append(b, byte(r.Outcome))
	b = appendBits(b, r.Stalled, r.EnteredMidway, r.Skipped)
	b = appendAlike(b, r.Segments, was.Segments, appendPair)
	b = appendAlike(b, r.Signals, was.Signals, appendCount)
	b = appendNum(b, r.Pain)
	return appendOther(b, r.Weights, was.Weights)
}

func appendSignal(b []byte, r, was *SignalRow) []byte {
	b = appendOther(b, r.App, was.App)
	b = append(b, r.SignalID[:]...)
	b = appendOther(b, r.Kind, was.Kind)
	b = append(b, r.SessionID[:]...)
	b = appendOther(b, r.User, was.User)
	b = appendSince(b, r.StartedAt, was.StartedAt)
	b = appendSince(b, r.EndedAt, r.StartedAt)
	b = appendNum(b, r.Count)
	b = appendOther(b, r.Page, was.Page)
	b = appendOther(b, r.Target, was.Target)
	b = appendOther(b, r.Op, was.Op)
	b = appendOther(b, r.Outcome, was.Outcome)
	b = appendList(b, r.EventIDs, appendPlain)
	b = appendAlike(b, r.Visits, was.Visits, appendRef)
	b = appendOther(b, r.AbsorbedBy, was.AbsorbedBy)
	b = appendOther(b, r.RuleVersion, was.RuleVersion)
	return appendAlike(b, r.Segments, was.Segments, appendPair)
}

func appendSums(b []byte, s, was *Sums) []byte {
	b = appendNum(b, s.Visits)
	b = appendNum(b, s.Affected)
	b = appendNum(b, s.Pain)
	b = appendNum(b, s.PainSq)
	for _, n := range s.Outcomes {
		b = appendNum(b, n)
	}
	b = appendNum(b, s.Stalled)
	b = appendAlike(b, s.Signals, was.Signals, appendCount)
	return appendList(b, s.DwellHist, appendBucket)
}

func appendWindow(b []byte, r, was *WindowRow) []byte {
	b = appendOther(b, r.App, was.App)
	b = appendOther(b, r.Journey, was.Journey)
	b = appendOther(b, r.Step, was.Step)
	b = append(b, r.StepIndex)
	b = appendSince(b, r.WindowStart, was.WindowStart)
	b = appendSince(b, r.Size, was.Size)
	b = appendSums(b, &r.Sums, &was.Sums)
	return appendOther(b, r.Weights, was.Weights)
}

func appendPane(b []byte, r, was *PaneRow) []byte {
	b = appendOther(b, r.App, was.App)
	b = appendOther(b, r.Journey, was.Journey)
	b = appendOther(b, r.Step, was.Step)
	b = append(b, r.StepIndex)
	b = appendOther(b, r.Dimension, was.Dimension)
	b = appendOther(b, r.Value, was.Value)
	b = appendSince(b, r.PaneStart, was.PaneStart)
	b = appendSince(b, r.Size, was.Size)
	b = appendSums(b, &r.Sums, &was.Sums)
	return appendOther(b, r.Weights, was.Weights)
}

func appendLate(b []byte, r, was *LateRow) []byte {
	b = appendOther(b, r.Topic, was.Topic)
	b = binary.AppendVarint(b, r.Offset-was.Offset)
	b = appendSince(b, r.RecordTime, was.RecordTime)
	b = appendSince(b, r.EventTime, r.RecordTime)
	b = appendOther(b, r.App, was.App)
	b = appendOther(b, r.User, was.User)
	b = appendOther(b, r.Type, was.Type)
	b = appendOther(b, r.Page, was.Page)
	b = appendOther(b, r.EventID, was.EventID)
	return appendTime(b, r.LateBy)
}

func appendRejected(b []byte, r, was *RejectedRow) []byte {
	b = appendOther(b, r.Topic, was.Topic)
	b = binary.AppendVarint(b, r.Offset-was.Offset)
	b = appendSince(b, r.RecordTime, was.RecordTime)
	b = appendOther(b, r.Reason, was.Reason)
	b = appendOther(b, r.Detail, was.Detail)
	return appendNum(b, r.Bytes)
}

func appendProgress(b []byte, r *ProgressRow) []byte {
	b = appendNum(b, r.Birth)
	b = appendNum(b, r.Epoch)
	b = appendTime(b, r.Watermark)
	b = appendTime(b, r.RowsUntil)
	b = appendTime(b, r.WallClock)
	b = appendList(b, r.Positions, appendPosition)
	b = appendNum(b, r.Open)
	b = appendNum(b, r.StateBytes)
	b = AppendCounters(b, &r.Counters)
	return appendText(b, r.Config)
}

func appendPosition(b []byte, p *Position) []byte {
	b = appendText(b, p.Topic)
	b = binary.AppendVarint(b, p.Next)
	b = binary.AppendVarint(b, p.End)
	return appendTime(b, p.TopicTime)
}

// counterFields lists the plain counters in the order they are encoded in. New
// ones go to the end.
func counterFields(c *event.Counters) [20]*uint64 {
	return [20]*uint64{
		&c.Consumed, &c.Filtered, &c.Rejected, &c.Late, &c.Duplicates, &c.Capped, &c.Pending, &c.InSessions,
		&c.LateJoined, &c.IdleOvertaken, &c.ClockAhead, &c.ForeignKey, &c.UnknownFields, &c.OtherSteps,
		&c.OtherValues, &c.SessionsOpened, &c.SessionsClosed, &c.Visits, &c.Signals,
		&c.Missed,
	}
}

// AppendCounters appends the encoding of c: how many plain counters, the
// counters, how many reasons, and a count for each. Counters and reasons may be
// added at the end without a new format; see [DecodeCounters].
func AppendCounters(b []byte, c *event.Counters) []byte {
	fields := counterFields(c)
	b = append(b, byte(len(fields)))
	for _, f := range fields {
		b = appendNum(b, *f)
	}
	b = append(b, byte(len(c.ByReason)))
	for _, n := range c.ByReason {
		b = appendNum(b, n)
	}
	return b
}

// RowsSum is the digest of encoded rows.
func RowsSum(encoded []byte) event.Digest { return event.DigestOf(encoded) }

// DecodeError says where encoded rows stop making sense.
type DecodeError struct {
	At   int // byte offset
	What string
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("decode rows at byte %d: %s", e.At, e.What)
}
