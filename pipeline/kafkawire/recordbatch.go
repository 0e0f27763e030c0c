package kafkawire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"friction/pipeline/event"
)

// A record batch, version 2, as it lies in Kafka's log:
//
//	 0 base offset            int64
//	 8 length of what follows int32
//	12 leader epoch           int32
//	16 version                int8, 2
//	17 crc32c of what follows uint32
//	21 attributes             int16: codec, times, transactional, control
//	23 last offset delta      int32
//	27 first time             int64, ms
//	35 greatest time          int64, ms
//	43 producer, epoch, sequence  int64 int16 int32
//	57 number of records      int32
//	61 records, compressed together
const (
	batchHead    = 61
	batchPrefix  = 12 // what the length does not count
	crcFrom      = 21
	batchVersion = 2

	attrCodec         = 7
	attrAppendTime    = 1 << 3
	attrTransactional = 1 << 4
	attrControl       = 1 << 5
)

// castagnoli returns the table of crc32c, which the standard library makes once.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// batchHeader is the fixed part of a batch.
type batchHeader struct {
	base, first, greatest, producer int64
	size                            int // of the whole batch
	crc                             uint32
	attributes                      int16
	lastDelta, records              int32
	version                         int8
}

// parseBatchHeader needs the first 61 bytes.
func parseBatchHeader(b []byte) batchHeader {
	be := binary.BigEndian
	return batchHeader{
		base: int64(be.Uint64(b)), size: int(int32(be.Uint32(b[8:]))) + batchPrefix, version: int8(b[16]), crc: be.Uint32(b[17:]),
		attributes: int16(be.Uint16(b[21:])), lastDelta: int32(be.Uint32(b[23:])), first: int64(be.Uint64(b[27:])),
		greatest: int64(be.Uint64(b[35:])), producer: int64(be.Uint64(b[43:])), records: int32(be.Uint32(b[57:])),
	}
}

// codec is how the records are compressed.
func (h *batchHeader) codec() Codec { return Codec(h.attributes & attrCodec) }

// next is the offset after the batch.
func (h *batchHeader) next() int64 { return h.base + int64(h.lastDelta) + 1 }

// ErrRecord says that bytes are no record or batch of records.
var ErrRecord = errors.New("record cannot be read")

// leastRecord is the fewest bytes a record takes.
const leastRecord = 7

// maxRecords is how many records one fetch brings; further ones come with the next. A small batch may hold a million.
const maxRecords = 1 << 16

// recordBytes is the memory of a record besides its key, value and headers.
const recordBytes = 112

// appendRecords reads the records of a batch from data, its payload decompressed,
// and appends those from offset from on, while there are fewer than maxRecords. next is
// the offset to go on from: the end of the batch if it was read whole.
func (h *batchHeader) appendRecords(dst []event.Record, data []byte, from int64) (_ []event.Record, next int64, err error) {
	if int64(h.records)*leastRecord > int64(len(data)) || h.records < 0 {
		return dst, 0, fmt.Errorf("%w: %d of them in %d bytes", ErrRecord, h.records, len(data))
	}
	for range h.records {
		size, at := varint(data, 0)
		if at == 0 || size < leastRecord-1 || size > int64(len(data)-at) {
			return dst, 0, ErrRecord
		}
		body := data[at : at+int(size)]
		data = data[at+int(size):]
		if rec, ok := h.record(body); !ok {
			return dst, 0, ErrRecord
		} else if rec.Offset >= from {
			if len(dst) >= maxRecords {
				return dst, rec.Offset, nil
			}
			dst = append(dst, rec)
		}
	}
	return dst, h.next(), nil
}

// record reads one record, its length left off. Headers stay encoded, see
// [ReadHeaders].
func (h *batchHeader) record(b []byte) (rec event.Record, ok bool) {
	at := 1 // attributes, unused
	time, n := varint(b, at)
	delta, m := varint(b, at+n)
	at += n + m
	keyLen, k := varint(b, at)
	at += k
	if n == 0 || m == 0 || k == 0 || keyLen > int64(len(b)-at) {
		return rec, false
	}
	if keyLen >= 0 {
		rec.Key = b[at : at+int(keyLen) : at+int(keyLen)]
		at += int(keyLen)
	}
	valueLen, k := varint(b, at)
	at += k
	if k == 0 || valueLen > int64(len(b)-at) {
		return rec, false
	}
	if valueLen >= 0 {
		rec.Value = b[at : at+int(valueLen) : at+int(valueLen)]
		at += int(valueLen)
	}
	if at < len(b) && b[at] != 0 {
		rec.Headers = b[at:len(b):len(b)]
	}
	rec.Offset = h.base + delta
	rec.Time = event.Millis(h.first + time)
	if h.attributes&attrAppendTime != 0 {
		rec.Time = event.Millis(h.greatest)
	}
	return rec, true
}

// varint reads a zigzag varint at b[at:] and returns how many bytes it took, 0 if
// there is none.
func varint(b []byte, at int) (int64, int) {
	if at >= len(b) {
		return 0, 0
	}
	if c := b[at]; c < 0x80 {
		return int64(c>>1) ^ -int64(c&1), 1
	}
	if at+1 < len(b) && b[at+1] < 0x80 {
		u := uint64(b[at]&0x7f) | uint64(b[at+1])<<7
		return int64(u>>1) ^ -int64(u&1), 2
	}
	v, n := binary.Varint(b[at:])
	return v, max(n, 0)
}
