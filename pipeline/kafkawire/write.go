package kafkawire

import (
	"encoding/binary"
	"hash/crc32"

	"friction/pipeline/event"
)

// MaxBatchBytes is the largest batch we make: a little below what brokers take by
// default (message.max.bytes, 1048588).
const MaxBatchBytes = 1_000_000

// HeadBytes is what a batch takes besides its records.
const HeadBytes = batchHead

// Record is one record to write.
type Record struct {
	Key, Value []byte // nil is null
	Headers    []byte // encoded by [AppendHeaders]; nil for none
	Time       event.Millis
}

// MaxBytes is the most bytes the record takes in a batch.
func (r *Record) MaxBytes() int { return MaxRecordBytes(r.Key, r.Value) + len(r.Headers) }

// MaxRecordBytes is the most bytes a record without headers takes in a batch.
func MaxRecordBytes(key, value []byte) int {
	return len(key) + len(value) + 4*binary.MaxVarintLen32 + 12
}

// appendRecord appends record number i of a batch whose first time is first.
func appendRecord(b []byte, i int, r *Record, first event.Millis) []byte {
	var head [32]byte
	h := append(head[:0], 0)
	h = binary.AppendVarint(h, int64(r.Time-first))
	h = binary.AppendVarint(h, int64(i))
	h = appendLen(h, r.Key)
	size := len(h) + len(r.Key) + varintLen(r.Value) + len(r.Value) + max(1, len(r.Headers))
	b = binary.AppendVarint(b, int64(size))
	b = append(b, h...)
	b = append(b, r.Key...)
	b = appendLen(b, r.Value)
	b = append(b, r.Value...)
	if len(r.Headers) == 0 {
		return append(b, 0)
	}
	return append(b, r.Headers...)
}

func appendLen(b, field []byte) []byte {
	if field == nil {
		return binary.AppendVarint(b, -1)
	}
	return binary.AppendVarint(b, int64(len(field)))
}

func varintLen(field []byte) int {
	var b [binary.MaxVarintLen64]byte
	return len(appendLen(b[:0], field))
}

// Identity is what lets a broker recognise a batch that it already has.
type Identity struct {
	Producer int64 // -1: none
	Epoch    int16
	Sequence int32
}

// NoIdentity is that of a batch which a broker does not compare with others.
func NoIdentity() Identity { return Identity{Producer: -1, Epoch: -1, Sequence: -1} }

// Builder collects the records of one batch. The zero value is an empty batch.
type Builder struct {
	records         []byte // encoded, not compressed
	n               int
	first, greatest event.Millis
}

// Add appends a record. It copies what r points to.
func (b *Builder) Add(r Record) {
	if b.n == 0 {
		b.first, b.greatest = r.Time, r.Time
	}
	b.greatest = max(b.greatest, r.Time)
	b.records = appendRecord(b.records, b.n, &r, b.first)
	b.n++
}

// Len is the number of records.
func (b *Builder) Len() int { return b.n }

// Bytes is what the records take before they are compressed.
func (b *Builder) Bytes() int { return len(b.records) }

// Reset empties the batch and keeps its memory.
func (b *Builder) Reset() { *b = Builder{records: b.records[:0]} }

// AppendTo appends the batch as a produce request carries it, its size before it.
// Records that compression would make larger are left as they are.
func (b *Builder) AppendTo(dst []byte, codec Codec, id Identity) ([]byte, error) {
	const sizeLen = 4
	start := len(dst)
	dst = append(dst, make([]byte, sizeLen+batchHead)...)
	body := len(dst)
	dst, err := compressTo(dst, codec, b.records)
	if err != nil {
		return dst, err
	}
	if codec != 0 && len(dst)-body >= len(b.records) {
		dst, codec = append(dst[:body], b.records...), 0
	}
	b.seal(dst[start+sizeLen:], codec, id)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-sizeLen))
	return dst, nil
}

// seal fills in the head of a batch whose 61 bytes lie before the records.
func (b *Builder) seal(batch []byte, codec Codec, id Identity) {
	be := binary.BigEndian
	be.PutUint64(batch, 0)
	be.PutUint32(batch[8:], uint32(len(batch)-batchPrefix))
	be.PutUint32(batch[12:], ^uint32(0))
	batch[16] = batchVersion
	be.PutUint16(batch[21:], uint16(codec))
	be.PutUint32(batch[23:], uint32(b.n-1))
	be.PutUint64(batch[27:], uint64(b.first))
	be.PutUint64(batch[35:], uint64(b.greatest))
	be.PutUint64(batch[43:], uint64(id.Producer))
	be.PutUint16(batch[51:], uint16(id.Epoch))
	be.PutUint32(batch[53:], uint32(id.Sequence))
	be.PutUint32(batch[57:], uint32(b.n))
	be.PutUint32(batch[17:], crc32.Checksum(batch[crcFrom:], castagnoli()))
}
