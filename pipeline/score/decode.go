package score

// DecodeRows reads what AppendRows wrote. Any other bytes give an error, which
// is ErrRowsFormat or a *DecodeError; memory stays within a small multiple of
// len(b). The rows share one copy of b's text.
func DecodeRows(b []byte) (*Rows, error) {
	if len(b) == 0 {
		return nil, &DecodeError{What: "nothing there"}
	}
	if b[0] < 1 || b[0] > rowsFormat {
		return nil, ErrRowsFormat
	}
	d := &decoder{b: b, text: string(b), pos: 1, format: b[0]}
	r := &Rows{
		Sessions: rowList(d, minSession, decodeSession),
		Visits:   rowList(d, minVisit, decodeVisit),
		Signals:  rowList(d, minSignal, decodeSignal),
		Windows:  rowList(d, minWindow, decodeWindow),
		Panes:    rowList(d, minPane, decodePane),
		Late:     rowList(d, minLate, decodeLate),
		Rejected: rowList(d, minRejected, decodeRejected),
		Progress: list(d, minProgress, decodeProgress),
	}
	if d.err == nil && d.pos != len(b) {
		d.fail("bytes after the end")
	}
	if d.err != nil {
		return nil, d.err
	}
	return r, nil
}

func decodeSession(d *decoder, r, prev *SessionRow) {
	r.App, r.SessionID = d.changed(prev.App), d.digest()
	r.User, r.Account, r.Client = d.changed(prev.User), d.changed(prev.Account), d.changed(prev.Client)
	r.OpenedAt = d.timeDelta(prev.OpenedAt)
	r.StartedAt, r.EndedAt = d.timeDelta(r.OpenedAt), d.timeDelta(r.OpenedAt)
	r.Events, r.Pages = number[uint32](d), number[uint32](d)
	r.Duplicates, r.Capped = number[uint32](d), number[uint32](d)
	r.LateJoined, r.ClockAhead = number[uint32](d), number[uint32](d)
	if d.format >= 4 {
		r.ClockOffset, r.Overdue = d.time(), d.bit()
	}
	r.EntryPage, r.ExitPage = d.changed(prev.EntryPage), d.changed(prev.ExitPage)
	r.Segments, r.Signals = d.pairs(prev.Segments), d.counts(prev.Signals)
	r.Pain = number[uint32](d)
}

func decodeVisit(d *decoder, r, prev *VisitRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.changed(prev.App), d.changed(prev.Journey), d.changed(prev.Step), d.byte()
	r.SessionID, r.User = d.digest(), d.changed(prev.User)
	r.Attempt, r.Visit = number[uint16](d), number[uint16](d)
	r.EnteredAt = d.timeDelta(prev.EnteredAt)
	r.LeftAt = d.timeDelta(r.EnteredAt)
	if r.Outcome = Outcome(d.byte()); r.Outcome >= NumOutcomes {
		d.fail("unknown outcome")
	}
	bits := d.byte()
	if bits > 31 {
		d.fail("unknown mark on a visit")
	}
	r.Stalled, r.EnteredMidway, r.Skipped = bits&1 != 0, bits&2 != 0, bits&4 != 0
	r.Resumed, r.Returned = bits&8 != 0, bits&16 != 0
	r.Segments, r.Signals = d.pairs(prev.Segments), d.counts(prev.Signals)
	r.Pain, r.Weights = number[uint32](d), d.changed(prev.Weights)
}

// DecodeVisit reads what AppendVisit wrote.
func DecodeVisit(b []byte) (VisitRow, error) {
	d := &decoder{b: b, text: string(b), format: rowsFormat}
	var r VisitRow
	decodeVisit(d, &r, &VisitRow{})
	if d.err == nil && d.pos != len(b) {
		d.fail("bytes after the end")
	}
	return r, d.err
}

func decodeSignal(d *decoder, r, prev *SignalRow) {
	r.App, r.SignalID, r.Kind = d.changed(prev.App), d.digest(), d.changed(prev.Kind)
	r.SessionID, r.User = d.digest(), d.changed(prev.User)
	r.StartedAt = d.timeDelta(prev.StartedAt)
	r.EndedAt = d.timeDelta(r.StartedAt)
	r.Count = number[uint32](d)
	r.Page, r.Target, r.Op = d.changed(prev.Page), d.changed(prev.Target), d.changed(prev.Op)
	if d.format >= 2 {
		r.Outcome = d.changed(prev.Outcome)
	}
	r.EventIDs = list(d, minText, (*decoder).plain)
	r.Visits = deltas(d, minRef, prev.Visits, (*decoder).ref)
	r.AbsorbedBy, r.RuleVersion = d.changed(prev.AbsorbedBy), d.changed(prev.RuleVersion)
	r.Segments = d.pairs(prev.Segments)
}

func decodeSums(d *decoder, s, prev *Sums) {
	s.Visits = d.uvarint()
	if d.format >= 4 {
		s.Late = d.uvarint()
	}
	s.Affected = d.uvarint()
	s.Pain, s.PainSq = d.uvarint(), d.uvarint()
	for i := range s.Outcomes {
		s.Outcomes[i] = d.uvarint()
	}
	s.Stalled = d.uvarint()
	s.Signals = d.counts(prev.Signals)
	s.DwellHist = list(d, minBucket, (*decoder).bucket)
}

func decodeWindow(d *decoder, r, prev *WindowRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.changed(prev.App), d.changed(prev.Journey), d.changed(prev.Step), d.byte()
	r.WindowStart = d.timeDelta(prev.WindowStart)
	r.Part = d.part(prev.Part)
	r.Size = d.timeDelta(prev.Size)
	decodeSums(d, &r.Sums, &prev.Sums)
	r.Weights = d.changed(prev.Weights)
}

func decodePane(d *decoder, r, prev *PaneRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.changed(prev.App), d.changed(prev.Journey), d.changed(prev.Step), d.byte()
	r.Dimension, r.Value = d.changed(prev.Dimension), d.changed(prev.Value)
	r.PaneStart = d.timeDelta(prev.PaneStart)
	r.Part = d.part(prev.Part)
	r.Size = d.timeDelta(prev.Size)
	decodeSums(d, &r.Sums, &prev.Sums)
	r.Weights = d.changed(prev.Weights)
}

func decodeLate(d *decoder, r, prev *LateRow) {
	r.Topic, r.Offset = d.changed(prev.Topic), d.offsetDelta(prev.Offset)
	r.RecordTime = d.timeDelta(prev.RecordTime)
	r.EventTime = d.timeDelta(r.RecordTime)
	r.App, r.User, r.Type = d.changed(prev.App), d.changed(prev.User), d.changed(prev.Type)
	r.Page, r.EventID = d.changed(prev.Page), d.changed(prev.EventID)
	r.LateBy = d.time()
}

func decodeRejected(d *decoder, r, prev *RejectedRow) {
	r.Topic, r.Offset, r.RecordTime = d.changed(prev.Topic), d.offsetDelta(prev.Offset), d.timeDelta(prev.RecordTime)
	r.Reason, r.Detail = d.changed(prev.Reason), d.changed(prev.Detail)
	r.Bytes = number[uint32](d)
}

func decodeProgress(d *decoder, r *ProgressRow) {
	r.Birth, r.Epoch = d.uvarint(), d.uvarint()
	r.Watermark, r.RowsUntil, r.WallClock = d.time(), d.time(), d.time()
	r.Positions = list(d, minPosition, decodePosition)
	r.Open, r.StateBytes = d.uvarint(), d.uvarint()
	decodeCounters(d, &r.Counters)
	r.Config = d.str()
}

func decodePosition(d *decoder, p *Position) {
	p.Topic, p.Next, p.End, p.TopicTime = d.str(), d.varint(), d.varint(), d.time()
}
