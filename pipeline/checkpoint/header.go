package checkpoint

import (
	"encoding/binary"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// Claim takes the log over: from its record on, only what is written under it
// counts, until the next claim. Its offset is the fencing token.
type Claim struct {
	Run        string // the run in ClickHouse that the log's rows belong to
	Birth      uint64 // the high part of every row's version; grows when ClickHouse has later epochs than the log
	Member     string // of the consumer group
	Generation int32  // of the consumer group
	Nonce      uint64 // random, so that a writer recognises its own claims
	Fresh      bool   // begins a run: what is needed lies behind it
	// Configuration is what was in force in the group, as far as the writer knew; only one log of a group holds one.
	Configuration Configuration
}

// Position is how far one topic was read in an epoch.
type Position struct {
	Topic       string
	From, To    int64        // records read: [From, To)
	End         int64        // high watermark seen
	TopicTime   event.Millis // highest event time accepted so far; event.Beginning if none
	Fingerprint event.Digest // of the last record consumed, to notice that a topic was deleted and created again
}

// Cursor says where processing stopped when an epoch's rows reached their limit.
// Done means that everything before the watermark was processed.
type Cursor struct {
	Done bool
	Time event.Millis
	Kind uint8 // of a timer, in the engine's order; 0 for a record
	Key  event.Key
}

// Header is what epochs and snapshots begin with: where the task stood after epoch N.
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
	Forgotten      []Tombstone // applied before anything was read
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

// maxStateAhead is the most memory that is allocated for a state before it is read.
const maxStateAhead = 4 << 30

const bodyFormat = 2

func (c *Claim) appendTo(b []byte) []byte {
	b = append(b, bodyFormat)
	b = appendBytes(b, c.Run)
	b = binary.AppendUvarint(b, c.Birth)
	b = appendBytes(b, c.Member)
	b = binary.AppendVarint(b, int64(c.Generation))
	b = binary.LittleEndian.AppendUint64(b, c.Nonce)
	b = append(b, oneIf(c.Fresh))
	if c.Configuration.Number > 0 {
		b = c.Configuration.appendTo(b)
	}
	return b
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
	if len(in.b) > 0 {
		c.Configuration.parse(in)
	}
	return c, format == bodyFormat && !in.bad && len(in.b) == 0
}

// appendTo appends the header. The order of fields is the format.
func (h *Header) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, h.N)
	b = binary.AppendUvarint(b, uint64(len(h.Positions)))
	for i := range h.Positions {
		p := &h.Positions[i]
		b = appendBytes(b, p.Topic)
		b = binary.AppendVarint(b, p.From)
		b = binary.AppendVarint(b, p.To)
		b = binary.AppendVarint(b, p.End)
		b = binary.AppendVarint(b, int64(p.TopicTime))
		b = append(b, p.Fingerprint[:]...)
	}
	b = binary.AppendVarint(b, int64(h.Watermark))
	b = binary.AppendVarint(b, int64(h.WallClock))
	b = append(b, oneIf(h.Cursor.Done))
	b = binary.AppendVarint(b, int64(h.Cursor.Time))
	b = append(b, h.Cursor.Kind)
	b = binary.LittleEndian.AppendUint64(b, h.Cursor.Key.Hi)
	b = binary.LittleEndian.AppendUint64(b, h.Cursor.Key.Lo)
	b = binary.AppendUvarint(b, h.Flushed)
	b = score.AppendCounters(b, &h.Counters)
	b = appendBytes(b, h.EngineVersion)
	b = appendBytes(b, h.ConfigRevision)
	return appendTombstones(b, h.Forgotten)
}

// minPosition is the fewest bytes that a position takes.
const minPosition = 5 + len(event.Digest{})

// parse reads what appendTo wrote.
func (h *Header) parse(in *input) {
	h.N = in.uvarint()
	n := in.uvarint()
	if n > uint64(len(in.b)/minPosition) {
		in.fail()
		return
	}
	if n > 0 {
		h.Positions = make([]Position, n)
	}
	for i := range h.Positions {
		p := &h.Positions[i]
		p.Topic = in.text()
		p.From, p.To, p.End = in.varint(), in.varint(), in.varint()
		p.TopicTime, p.Fingerprint = in.millis(), in.digest()
	}
	h.Watermark, h.WallClock = in.millis(), in.millis()
	h.Cursor.Done, h.Cursor.Time, h.Cursor.Kind = in.byte() == 1, in.millis(), in.byte()
	h.Cursor.Key = event.Key{Hi: in.uint64(), Lo: in.uint64()}
	h.Flushed = in.uvarint()
	size, err := score.DecodeCounters(in.b, &h.Counters)
	if err != nil {
		in.fail()
		return
	}
	in.b = in.b[size:]
	h.EngineVersion, h.ConfigRevision = in.text(), in.text()
	h.Forgotten = parseTombstones(in)
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
		b.stateLen = int(min(in.uvarint(), maxStateAhead))
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
