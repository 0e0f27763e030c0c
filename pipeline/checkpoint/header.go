package checkpoint

import (
	"encoding/binary"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// Claim takes the log over: from its record on, only what is written under it
// counts, until the next claim.
type Claim struct {
	Run        string // one continuous life of the log's numbers
	Birth      uint64 // grows when ClickHouse knows more than the log; the high part of every row's version
	Member     string // of the consumer group
	Generation int32  // of the consumer group
	Nonce      uint64 // of the writer, so that it knows its own claims again
	Fresh      bool   // begins a life: there is nothing to look for before it
}

// Position is how far one topic was read in an epoch.
type Position struct {
	Topic       string
	From, To    int64        // records read: [From, To)
	End         int64        // high watermark seen
	TopicTime   event.Millis // highest event time accepted so far; event.Beginning if none
	Fingerprint event.Digest // of the last record consumed, to notice that a topic was made anew
}

// Cursor says where processing stopped when an epoch's rows reached their limit.
// Done means that everything before the watermark was processed.
type Cursor struct {
	Done bool
	Time event.Millis
	Kind uint8 // of a timer, in the engine's order; 0 for a record
	Key  event.Key
}

// Header is where a task stood after an epoch.
type Header struct {
	N              uint64 // number of the epoch, from 1
	Positions      []Position
	Watermark      event.Millis
	WallClock      event.Millis // when the epoch was made
	Cursor         Cursor
	Flushed        uint64 // highest epoch whose rows are known to be in ClickHouse
	Counters       event.Counters
	EngineVersion  string
	ConfigRevision string
}

// Epoch is one step of a task: what it read and the rows it made.
type Epoch struct {
	Header
	Rows    []byte       // encoded; nil in a Recovery, see [Writer.Rows]
	RowsSum event.Digest // of Rows, set by the log
	RowsLen int          // bytes of Rows, set by the log
	Birth   uint64       // of the claim it was written under, set by the log
	At, End int64        // offsets of its first and last record, set by the log
}

// Snapshot is all state after epoch N, and the configuration in force.
type Snapshot struct {
	Header
	Config  []byte // effective configuration, without secrets
	State   []byte
	Birth   uint64 // of the claim it was written under, set by the log
	At, End int64  // offsets of its first and last record, set by the log

	stateLen int // bytes of State, as its first part announced
}

// mostState is the most memory that is taken for a state before it has been read.
const mostState = 4 << 30

const bodyFormat = 1

func (c *Claim) appendTo(b []byte) []byte {
	b = append(b, bodyFormat)
	b = appendBytes(b, c.Run)
	b = binary.AppendUvarint(b, c.Birth)
	b = appendBytes(b, c.Member)
	b = binary.AppendVarint(b, int64(c.Generation))
	b = binary.LittleEndian.AppendUint64(b, c.Nonce)
	return append(b, oneIf(c.Fresh))
}

func oneIf(set bool) byte {
	if set {
		return 1
	}
	return 0
}

func parseClaim(b []byte) (c Claim, ok bool) {
	in := &input{b: b}
	format := in.byte()
	c.Run, c.Birth, c.Member = in.text(), in.uvarint(), in.text()
	c.Generation, c.Nonce = int32(in.varint()), in.uint64()
	c.Fresh = in.byte() == 1
	return c, format == bodyFormat && !in.bad && len(in.b) == 0
}

func (m *Header) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, m.N)
	b = binary.AppendUvarint(b, uint64(len(m.Positions)))
	for i := range m.Positions {
		p := &m.Positions[i]
		b = appendBytes(b, p.Topic)
		b = binary.AppendVarint(b, p.From)
		b = binary.AppendVarint(b, p.To)
		b = binary.AppendVarint(b, p.End)
		b = binary.AppendVarint(b, int64(p.TopicTime))
		b = append(b, p.Fingerprint[:]...)
	}
	b = binary.AppendVarint(b, int64(m.Watermark))
	b = binary.AppendVarint(b, int64(m.WallClock))
	b = append(b, oneIf(m.Cursor.Done))
	b = binary.AppendVarint(b, int64(m.Cursor.Time))
	b = append(b, m.Cursor.Kind)
	b = binary.LittleEndian.AppendUint64(b, m.Cursor.Key.Hi)
	b = binary.LittleEndian.AppendUint64(b, m.Cursor.Key.Lo)
	b = binary.AppendUvarint(b, m.Flushed)
	b = score.AppendCounters(b, &m.Counters)
	b = appendBytes(b, m.EngineVersion)
	return appendBytes(b, m.ConfigRevision)
}

// leastPosition is the fewest bytes a position takes.
const leastPosition = 5 + len(event.Digest{})

func (m *Header) parse(in *input) {
	m.N = in.uvarint()
	n := in.uvarint()
	if n > uint64(len(in.b)/leastPosition) {
		in.fail()
		return
	}
	if n > 0 {
		m.Positions = make([]Position, n)
	}
	for i := range m.Positions {
		p := &m.Positions[i]
		p.Topic = in.text()
		p.From, p.To, p.End = in.varint(), in.varint(), in.varint()
		p.TopicTime, p.Fingerprint = in.millis(), in.digest()
	}
	m.Watermark, m.WallClock = in.millis(), in.millis()
	m.Cursor.Done, m.Cursor.Time, m.Cursor.Kind = in.byte() == 1, in.millis(), in.byte()
	m.Cursor.Key = event.Key{Hi: in.uint64(), Lo: in.uint64()}
	m.Flushed = in.uvarint()
	size, err := score.DecodeCounters(in.b, &m.Counters)
	if err != nil {
		in.fail()
		return
	}
	in.b = in.b[size:]
	m.EngineVersion, m.ConfigRevision = in.text(), in.text()
}

// appendHead appends what comes before the rows of an epoch: the length of the
// rest, and the rest.
func (e *Epoch) appendHead(b []byte) []byte {
	head := e.appendTo([]byte{bodyFormat})
	head = append(head, e.RowsSum[:]...)
	head = binary.AppendUvarint(head, uint64(e.RowsLen))
	return appendBytes(b, head)
}

func (e *Epoch) parseHead(head []byte) bool {
	in := &input{b: head}
	format := in.byte()
	e.parse(in)
	e.RowsSum = in.digest()
	e.RowsLen = int(in.uvarint())
	return format == bodyFormat && !in.bad && len(in.b) == 0 && e.RowsLen >= 0
}

// appendHead appends what comes before the state of a snapshot.
func (b *Snapshot) appendHead(dst []byte) []byte {
	head := b.appendTo([]byte{bodyFormat})
	head = appendBytes(head, b.Config)
	return appendBytes(dst, binary.AppendUvarint(head, uint64(len(b.State))))
}

func (b *Snapshot) parseHead(head []byte) bool {
	in := &input{b: head}
	format := in.byte()
	b.parse(in)
	if c := in.bytes(); len(c) > 0 {
		b.Config = append([]byte(nil), c...)
	}
	if len(in.b) > 0 { // older logs do not say
		b.stateLen = int(min(in.uvarint(), mostState))
	}
	return format == bodyFormat && !in.bad && len(in.b) == 0
}

// splitHead cuts a body into its head and what follows. Enough is false while
// the head is not whole yet; a head longer than limit is never whole.
func splitHead(body []byte) (head, rest []byte, enough bool) {
	in := &input{b: body}
	head = in.bytes()
	return head, in.b, !in.bad
}
