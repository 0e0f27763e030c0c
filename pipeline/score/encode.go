package score

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"friction/pipeline/event"
)

// rowsFormat is the first byte of encoded rows. A change of any row type needs
// a new number and keeps the old decoder.
const rowsFormat = 2

// ErrRowsFormat says that encoded rows were written in a format this version
// does not know.
var ErrRowsFormat = errors.New("rows are in an unknown format, written by a newer version")

// AppendRows appends the encoding of r to dst: a format byte, then each kind of
// row as a count and its fields. Numbers are varints, strings length-prefixed.
// Equal rows always give equal bytes, so that their digest can be compared.
func AppendRows(dst []byte, r *Rows) []byte {
	dst = append(slices.Grow(dst, r.size()), rowsFormat)
	dst = appendList(dst, r.Sessions, appendSession)
	dst = appendList(dst, r.Visits, appendVisit)
	dst = appendList(dst, r.Signals, appendSignal)
	dst = appendList(dst, r.Windows, appendWindow)
	dst = appendList(dst, r.Panes, appendPane)
	dst = appendList(dst, r.Late, appendLate)
	dst = appendList(dst, r.Rejected, appendRejected)
	return appendList(dst, r.Progress, appendProgress)
}

// size is about how many bytes the encoded rows take, rather more than fewer.
func (r *Rows) size() int {
	return 64 + 192*(len(r.Sessions)+len(r.Visits)+len(r.Late)+len(r.Rejected)) + 320*len(r.Signals) + 128*(len(r.Windows)+len(r.Panes))
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

func appendTime(b []byte, t event.Millis) []byte { return binary.AppendVarint(b, int64(t)) }

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

func appendPair(b []byte, p *Pair) []byte { return appendText(appendText(b, p.Name), p.Value) }

func appendCount(b []byte, c *Count) []byte { return appendNum(appendText(b, c.Name), c.N) }

func appendBucket(b []byte, c *Count32) []byte { return appendNum(append(b, c.Bucket), c.N) }

func appendPlain(b []byte, s *string) []byte { return appendText(b, *s) }

func appendRef(b []byte, v *VisitRef) []byte {
	b = appendText(b, v.Journey)
	b = appendText(b, v.Step)
	b = appendNum(b, v.Attempt)
	return appendNum(b, v.Visit)
}

func appendSession(b []byte, r *SessionRow) []byte {
	b = appendText(b, r.App)
	b = append(b, r.SessionID[:]...)
	b = appendText(b, r.User)
	b = appendText(b, r.Account)
	b = appendText(b, r.Client)
	b = appendTime(b, r.OpenedAt)
	b = appendTime(b, r.StartedAt)
	b = appendTime(b, r.EndedAt)
	b = appendNum(b, r.Events)
	b = appendNum(b, r.Pages)
	b = appendNum(b, r.Duplicates)
	b = appendNum(b, r.Capped)
	b = appendNum(b, r.LateJoined)
	b = appendNum(b, r.ClockAhead)
	b = appendText(b, r.EntryPage)
	b = appendText(b, r.ExitPage)
	b = appendList(b, r.Segments, appendPair)
	b = appendList(b, r.Signals, appendCount)
	return appendNum(b, r.Pain)
}

func appendVisit(b []byte, r *VisitRow) []byte {
	b = appendText(b, r.App)
	b = appendText(b, r.Journey)
	b = appendText(b, r.Step)
	b = append(b, r.StepIndex)
	b = append(b, r.SessionID[:]...)
	b = appendText(b, r.User)
	b = appendNum(b, r.Attempt)
	b = appendNum(b, r.Visit)
	b = appendTime(b, r.EnteredAt)
	b = appendTime(b, r.LeftAt)
	b = append(b, byte(r.Outcome))
	b = appendBits(b, r.Stalled, r.EnteredMidway, r.Skipped)
	b = appendList(b, r.Segments, appendPair)
	b = appendList(b, r.Signals, appendCount)
	b = appendNum(b, r.Pain)
	return appendText(b, r.Weights)
}

func appendSignal(b []byte, r *SignalRow) []byte {
	b = appendText(b, r.App)
	b = append(b, r.SignalID[:]...)
	b = appendText(b, r.Kind)
	b = append(b, r.SessionID[:]...)
	b = appendText(b, r.User)
	b = appendTime(b, r.StartedAt)
	b = appendTime(b, r.EndedAt)
	b = appendNum(b, r.Count)
	b = appendText(b, r.Page)
	b = appendText(b, r.Target)
	b = appendText(b, r.Op)
	b = appendText(b, r.Outcome)
	b = appendList(b, r.EventIDs, appendPlain)
	b = appendList(b, r.Visits, appendRef)
	b = appendText(b, r.AbsorbedBy)
	b = appendText(b, r.RuleVersion)
	return appendList(b, r.Segments, appendPair)
}

func appendSums(b []byte, s *Sums) []byte {
	b = appendNum(b, s.Visits)
	b = appendNum(b, s.Affected)
	b = appendNum(b, s.Pain)
	b = appendNum(b, s.PainSq)
	for _, n := range s.Outcomes {
		b = appendNum(b, n)
	}
	b = appendNum(b, s.Stalled)
	b = appendList(b, s.Signals, appendCount)
	return appendList(b, s.DwellHist, appendBucket)
}

func appendWindow(b []byte, r *WindowRow) []byte {
	b = appendText(b, r.App)
	b = appendText(b, r.Journey)
	b = appendText(b, r.Step)
	b = append(b, r.StepIndex)
	b = appendTime(b, r.WindowStart)
	b = appendTime(b, r.Size)
	b = appendSums(b, &r.Sums)
	return appendText(b, r.Weights)
}

func appendPane(b []byte, r *PaneRow) []byte {
	b = appendText(b, r.App)
	b = appendText(b, r.Journey)
	b = appendText(b, r.Step)
	b = append(b, r.StepIndex)
	b = appendText(b, r.Dimension)
	b = appendText(b, r.Value)
	b = appendTime(b, r.PaneStart)
	b = appendTime(b, r.Size)
	b = appendSums(b, &r.Sums)
	return appendText(b, r.Weights)
}

func appendLate(b []byte, r *LateRow) []byte {
	b = appendText(b, r.Topic)
	b = binary.AppendVarint(b, r.Offset)
	b = appendTime(b, r.RecordTime)
	b = appendTime(b, r.EventTime)
	b = appendText(b, r.App)
	b = appendText(b, r.User)
	b = appendText(b, r.Type)
	b = appendText(b, r.Page)
	b = appendText(b, r.EventID)
	return appendTime(b, r.LateBy)
}

func appendRejected(b []byte, r *RejectedRow) []byte {
	b = appendText(b, r.Topic)
	b = binary.AppendVarint(b, r.Offset)
	b = appendTime(b, r.RecordTime)
	b = appendText(b, r.Reason)
	b = appendText(b, r.Detail)
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
