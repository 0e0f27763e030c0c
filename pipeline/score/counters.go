package score

import "friction/pipeline/event"

// counterFields lists the plain counters in the order they are encoded in. New
// ones go to the end.
func counterFields(c *event.Counters) [24]*uint64 {
	return [24]*uint64{
		&c.Consumed, &c.Filtered, &c.Rejected, &c.Late, &c.Duplicates, &c.Capped, &c.Pending, &c.InSessions,
		&c.LateJoined, &c.IdleOvertaken, &c.ClockAhead, &c.ForeignKey, &c.UnknownFields, &c.OtherSteps,
		&c.OtherValues, &c.SessionsOpened, &c.SessionsClosed, &c.Visits, &c.Signals,
		&c.Missed, &c.Overdue, &c.ClosedForgotten, &c.Unattended, &c.AttemptsForgotten,
	}
}

// AppendCounters appends the encoding of c: how many plain counters, the
// counters, how many reasons and a count for each, and the same of limits. Counters, reasons and limits may be
// added at the end without a new format; see [DecodeCounters].
func AppendCounters(b []byte, c *event.Counters) []byte {
	fields := counterFields(c)
	b = append(b, byte(len(fields)))
	for _, f := range fields {
		b = appendNum(b, *f)
	}
	b = appendCounts(b, c.ByReason[:])
	return appendCounts(b, c.ByLimit[:])
}

// appendCounts appends how many counts there are, and the counts.
func appendCounts(b []byte, counts []uint64) []byte {
	b = append(b, byte(len(counts)))
	for _, n := range counts {
		b = appendNum(b, n)
	}
	return b
}

// DecodeCounters reads what AppendCounters wrote from the start of b and
// returns how many bytes that took. Counters an older version did not know stay
// zero; ones this version does not know are an error.
func DecodeCounters(b []byte, c *event.Counters) (int, error) {
	d := &decoder{b: b}
	decodeCounters(d, c)
	if d.err != nil {
		return 0, d.err
	}
	return d.pos, nil
}

func decodeCounters(d *decoder, c *event.Counters) {
	fields := counterFields(c)
	n := int(d.byte())
	if n > len(fields) {
		d.fail("more counters than this version knows")
	}
	for i := 0; i < n && d.err == nil; i++ {
		*fields[i] = d.uvarint()
	}
	decodeCounts(d, c.ByReason[:])
	decodeCounts(d, c.ByLimit[:])
}

// decodeCounts reads what appendCounts wrote.
func decodeCounts(d *decoder, counts []uint64) {
	n := int(d.byte())
	if n > len(counts) {
		d.fail("more reasons or limits than this version knows")
	}
	for i := 0; i < n && d.err == nil; i++ {
		counts[i] = d.uvarint()
	}
}
