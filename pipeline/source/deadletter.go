package source

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/kafkawire"
)

// DeadLetter is a record that was set aside, on its way to the dead-letter topic
// or read from there: key, value and headers as they came, and why and where from.
type DeadLetter struct {
	Topic      string // where it was read
	Partition  int32
	Offset     int64
	RecordTime event.Millis
	Reason     string       // as in rejected_events
	Error      string       // where and what was expected, never what the payload held
	At         event.Millis // when it was set aside
	Row        string       // of a row that ClickHouse refused: its name; else ""
	Cut        string       // what is not as it came: "value", "headers", "key", comma separated, "gone" or "dropped"; "" for nothing
	Sealed     string       // name of the key that Value is encrypted with, all of the record being in it; "" when it is not
	Key, Value []byte       // nil is null
	Headers    []Header
}

// RowRefused is the reason of a dead letter that holds a row, as a line of JSON, and no record.
const RowRefused = "row_refused"

// What Cut says when there is nothing of the record: it was no longer there to be read again, or is not kept
// (kafka.dead_letters.content).
const (
	Gone    = "gone"
	Dropped = "dropped"
)

// Names of the headers of dead letters.
const (
	dlqReason     = "dlq_reason"
	dlqTopic      = "dlq_topic"
	dlqPartition  = "dlq_partition"
	dlqOffset     = "dlq_offset"
	dlqTime       = "dlq_time"
	dlqRecordTime = "dlq_record_time"
	dlqError      = "dlq_error"
	dlqRow        = "dlq_row"
	dlqCut        = "dlq_cut"
	dlqSealed     = "dlq_sealed"
	dlqResubmit   = "dlq_resubmitted"
)

// OriginHeader is on records that were submitted again: topic/partition/offset of
// the record they repeat.
const OriginHeader = "dlq_origin"

// stamp is a time as headers hold it.
func stamp(t event.Millis) []byte {
	return []byte(time.UnixMilli(int64(t)).UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

// origin are the headers that say which record the dead letter was.
func (d *DeadLetter) origin() []Header {
	return []Header{
		{Name: dlqTopic, Value: []byte(d.Topic)},
		{Name: dlqPartition, Value: strconv.AppendInt(nil, int64(d.Partition), 10)},
		{Name: dlqOffset, Value: strconv.AppendInt(nil, d.Offset, 10)},
	}
}

// headers are the record's own headers with ours behind them: of a name that is
// there twice, readers believe the last.
func (d *DeadLetter) headers() []Header {
	list := append(slices.Clone(d.Headers), Header{Name: dlqReason, Value: []byte(d.Reason)})
	list = append(list, d.origin()...)
	list = append(list, Header{Name: dlqTime, Value: stamp(d.At)}, Header{Name: dlqRecordTime, Value: stamp(d.RecordTime)}, Header{Name: dlqError, Value: []byte(d.Error)})
	if d.Row != "" {
		list = append(list, Header{Name: dlqRow, Value: []byte(d.Row)})
	}
	if d.Cut != "" {
		list = append(list, Header{Name: dlqCut, Value: []byte(d.Cut)})
	}
	if d.Sealed != "" {
		list = append(list, Header{Name: dlqSealed, Value: []byte(d.Sealed)})
	}
	return list
}

// size is what the record takes of the topic's limit, ours left out.
func (d *DeadLetter) size() int {
	n := len(d.Key) + len(d.Value)
	for _, h := range d.Headers {
		n += len(h.Name) + len(h.Value) + 2*maxLenBytes
	}
	return n
}

// maxLenBytes is the most bytes that a length takes in a record.
const maxLenBytes = 5

// fit cuts what is beyond most bytes of key, value and headers: the value first,
// then headers, then the key.
func (d *DeadLetter) fit(most int) {
	var cut []string
	if over := d.size() - most; over > 0 && len(d.Value) > 0 {
		d.Value = d.Value[:max(0, len(d.Value)-over)]
		cut = append(cut, "value")
	}
	if d.size() > most && len(d.Headers) > 0 {
		d.Headers = nil
		cut = append(cut, "headers")
	}
	if over := d.size() - most; over > 0 {
		d.Key = d.Key[:max(0, len(d.Key)-over)]
		cut = append(cut, "key")
	}
	for _, what := range cut {
		if d.Cut != "" && strings.Contains(d.Cut, what) {
			continue
		}
		d.Cut = strings.TrimPrefix(d.Cut+","+what, ",")
	}
}

// readDeadLetter reads a record of the dead-letter topic; ok is false for one that
// we did not write. What it returns keeps no memory of the record.
func readDeadLetter(rec *event.Record) (d DeadLetter, resubmitted, ok bool) {
	list, err := kafkawire.ReadHeaders(rec.Headers)
	if err != nil {
		return d, false, false
	}
	last := map[string]string{}
	for _, h := range list {
		last[h.Name] = string(h.Value)
	}
	partition, err1 := strconv.ParseInt(last[dlqPartition], 10, 32)
	offset, err2 := strconv.ParseInt(last[dlqOffset], 10, 64)
	_, resubmitted = last[dlqResubmit]
	if err1 != nil || err2 != nil || last[dlqTopic] == "" || !resubmitted && last[dlqReason] == "" {
		return d, false, false
	}
	d = DeadLetter{
		Topic: last[dlqTopic], Partition: int32(partition), Offset: offset, RecordTime: readStamp(last[dlqRecordTime]),
		Reason: last[dlqReason], Error: last[dlqError], At: readStamp(last[dlqTime]), Row: last[dlqRow], Cut: last[dlqCut], Sealed: last[dlqSealed],
		Key: bytes.Clone(rec.Key), Value: bytes.Clone(rec.Value),
	}
	for _, h := range list[:countOwn(list)] {
		d.Headers = append(d.Headers, Header{Name: h.Name, Value: bytes.Clone(h.Value)})
	}
	return d, resubmitted, true
}

// countOwn is how many headers the record had before it was set aside the last
// time. A dead letter that was itself set aside has ours twice.
func countOwn(list []Header) int {
	for i, h := range slices.Backward(list) {
		if h.Name == dlqReason || h.Name == dlqResubmit {
			return i
		}
	}
	return len(list)
}

// readStamp is 0 for what is no time.
func readStamp(text string) event.Millis {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return event.Millis(t.UnixMilli())
}
