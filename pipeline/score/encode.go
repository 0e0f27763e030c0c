package score

import (
	"encoding/binary"
	"errors"
	"slices"

	"friction/pipeline/event"
)

// rowsFormat is the first byte of encoded rows. A change of any row type needs
// a new number, one of engine.Version, and keeps the old decoder. Format 1 had no
// outcome of signals; up to format 2 rows were not delta-encoded; up to format 3 nothing was overdue.
const rowsFormat = 4

// ErrRowsFormat says that encoded rows were written in a format this version
// does not know.
var ErrRowsFormat = errors.New("rows are in an unknown format, written by a newer version")

// AppendRows appends the encoding of r to dst: a format byte, then each kind of
// row as a count and its fields. Numbers are varints. Rows are delta-encoded: texts
// and times are written by how they differ from the row before, because neighbours
// have much in common. Equal rows always give equal bytes, so that their digest can be
// compared.
func AppendRows(dst []byte, r *Rows) []byte {
	dst = append(slices.Grow(dst, r.size()), rowsFormat)
	dst = appendRowList(dst, r.Sessions, appendSession)
	dst = appendRowList(dst, r.Visits, appendVisit)
	dst = appendRowList(dst, r.Signals, appendSignal)
	dst = appendRowList(dst, r.Windows, appendWindow)
	dst = appendRowList(dst, r.Panes, appendPane)
	dst = appendRowList(dst, r.Late, appendLate)
	dst = appendRowList(dst, r.Rejected, appendRejected)
	return appendList(dst, r.Progress, appendProgress)
}

// size estimates how many bytes the encoded rows take, rather too many than too few.
func (r *Rows) size() int {
	return 64 + 128*(len(r.Sessions)+len(r.Visits)+len(r.Late)+len(r.Rejected)) + 256*len(r.Signals) + 64*(len(r.Windows)+len(r.Panes))
}

func appendSession(b []byte, r, prev *SessionRow) []byte {
	b = appendChanged(b, r.App, prev.App)
	b = append(b, r.SessionID[:]...)
	b = appendChanged(b, r.User, prev.User)
	b = appendChanged(b, r.Account, prev.Account)
	b = appendChanged(b, r.Client, prev.Client)
	b = appendTimeDelta(b, r.OpenedAt, prev.OpenedAt)
	b = appendTimeDelta(b, r.StartedAt, r.OpenedAt)
	b = appendTimeDelta(b, r.EndedAt, r.OpenedAt)
	b = appendNum(b, r.Events)
	b = appendNum(b, r.Pages)
	b = appendNum(b, r.Duplicates)
	b = appendNum(b, r.Capped)
	b = appendNum(b, r.LateJoined)
	b = appendNum(b, r.ClockAhead)
	b = appendTime(b, r.ClockOffset)
	b = appendBits(b, r.Overdue)
	b = appendChanged(b, r.EntryPage, prev.EntryPage)
	b = appendChanged(b, r.ExitPage, prev.ExitPage)
	b = appendDeltas(b, r.Segments, prev.Segments, appendPair)
	b = appendDeltas(b, r.Signals, prev.Signals, appendCount)
	return appendNum(b, r.Pain)
}

func appendVisit(b []byte, r, prev *VisitRow) []byte {
	b = appendChanged(b, r.App, prev.App)
	b = appendChanged(b, r.Journey, prev.Journey)
	b = appendChanged(b, r.Step, prev.Step)
	b = append(b, r.StepIndex)
	b = append(b, r.SessionID[:]...)
	b = appendChanged(b, r.User, prev.User)
	b = appendNum(b, r.Attempt)
	b = appendNum(b, r.Visit)
	b = appendTimeDelta(b, r.EnteredAt, prev.EnteredAt)
	b = appendTimeDelta(b, r.LeftAt, r.EnteredAt)
	b = append(b, byte(r.Outcome))
	b = appendBits(b, r.Stalled, r.EnteredMidway, r.Skipped, r.Resumed, r.Returned)
	b = appendDeltas(b, r.Segments, prev.Segments, appendPair)
	b = appendDeltas(b, r.Signals, prev.Signals, appendCount)
	b = appendNum(b, r.Pain)
	return appendChanged(b, r.Weights, prev.Weights)
}

// AppendVisit appends the encoding of one visit by itself, for [DecodeVisit].
func AppendVisit(b []byte, r *VisitRow) []byte { return appendVisit(b, r, &VisitRow{}) }

func appendSignal(b []byte, r, prev *SignalRow) []byte {
	b = appendChanged(b, r.App, prev.App)
	b = append(b, r.SignalID[:]...)
	b = appendChanged(b, r.Kind, prev.Kind)
	b = append(b, r.SessionID[:]...)
	b = appendChanged(b, r.User, prev.User)
	b = appendTimeDelta(b, r.StartedAt, prev.StartedAt)
	b = appendTimeDelta(b, r.EndedAt, r.StartedAt)
	b = appendNum(b, r.Count)
	b = appendChanged(b, r.Page, prev.Page)
	b = appendChanged(b, r.Target, prev.Target)
	b = appendChanged(b, r.Op, prev.Op)
	b = appendChanged(b, r.Outcome, prev.Outcome)
	b = appendList(b, r.EventIDs, appendPlain)
	b = appendDeltas(b, r.Visits, prev.Visits, appendRef)
	b = appendChanged(b, r.AbsorbedBy, prev.AbsorbedBy)
	b = appendChanged(b, r.RuleVersion, prev.RuleVersion)
	return appendDeltas(b, r.Segments, prev.Segments, appendPair)
}

func appendSums(b []byte, s, prev *Sums) []byte {
	b = appendNum(b, s.Visits)
	b = appendNum(b, s.Late)
	b = appendNum(b, s.Affected)
	b = appendNum(b, s.Pain)
	b = appendNum(b, s.PainSq)
	for _, n := range s.Outcomes {
		b = appendNum(b, n)
	}
	b = appendNum(b, s.Stalled)
	b = appendDeltas(b, s.Signals, prev.Signals, appendCount)
	return appendList(b, s.DwellHist, appendBucket)
}

func appendWindow(b []byte, r, prev *WindowRow) []byte {
	b = appendChanged(b, r.App, prev.App)
	b = appendChanged(b, r.Journey, prev.Journey)
	b = appendChanged(b, r.Step, prev.Step)
	b = append(b, r.StepIndex)
	b = appendTimeDelta(b, r.WindowStart, prev.WindowStart)
	b = appendTimeDelta(b, r.Part, prev.Part)
	b = appendTimeDelta(b, r.Size, prev.Size)
	b = appendSums(b, &r.Sums, &prev.Sums)
	return appendChanged(b, r.Weights, prev.Weights)
}

func appendPane(b []byte, r, prev *PaneRow) []byte {
	b = appendChanged(b, r.App, prev.App)
	b = appendChanged(b, r.Journey, prev.Journey)
	b = appendChanged(b, r.Step, prev.Step)
	b = append(b, r.StepIndex)
	b = appendChanged(b, r.Dimension, prev.Dimension)
	b = appendChanged(b, r.Value, prev.Value)
	b = appendTimeDelta(b, r.PaneStart, prev.PaneStart)
	b = appendTimeDelta(b, r.Part, prev.Part)
	b = appendTimeDelta(b, r.Size, prev.Size)
	b = appendSums(b, &r.Sums, &prev.Sums)
	return appendChanged(b, r.Weights, prev.Weights)
}

func appendLate(b []byte, r, prev *LateRow) []byte {
	b = appendChanged(b, r.Topic, prev.Topic)
	b = binary.AppendVarint(b, r.Offset-prev.Offset)
	b = appendTimeDelta(b, r.RecordTime, prev.RecordTime)
	b = appendTimeDelta(b, r.EventTime, r.RecordTime)
	b = appendChanged(b, r.App, prev.App)
	b = appendChanged(b, r.User, prev.User)
	b = appendChanged(b, r.Type, prev.Type)
	b = appendChanged(b, r.Page, prev.Page)
	b = appendChanged(b, r.EventID, prev.EventID)
	return appendTime(b, r.LateBy)
}

func appendRejected(b []byte, r, prev *RejectedRow) []byte {
	b = appendChanged(b, r.Topic, prev.Topic)
	b = binary.AppendVarint(b, r.Offset-prev.Offset)
	b = appendTimeDelta(b, r.RecordTime, prev.RecordTime)
	b = appendChanged(b, r.Reason, prev.Reason)
	b = appendChanged(b, r.Detail, prev.Detail)
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

// RowsSum is the digest of encoded rows.
func RowsSum(encoded []byte) event.Digest { return event.DigestOf(encoded) }
