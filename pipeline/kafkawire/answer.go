package kafkawire

import (
	"encoding/binary"
	"errors"

	"github.com/segmentio/kafka-go/protocol/fetch"
)

// FetchAnswer is the body of an answer as it came; [Batch.Read] takes it apart.
type FetchAnswer struct {
	fetch.Response // empty: it only says what kind of answer this is

	version int16
	bytes   []byte
	missing int // bytes that were not kept
}

// abortedRange is an aborted transaction: the records of its producer
// from first up to the marker that says so.
type abortedRange struct{ producer, first int64 }

// partitionAnswer is what an answer says of the one partition that was asked for.
type partitionAnswer struct {
	code                int16
	high, stable, start int64
	aborted             []abortedRange
	records             []byte // as far as they were kept
}

// ErrAnswer says that an answer is not what a fetch is answered with.
var ErrAnswer = errors.New("fetch answer is cut short")

// parse takes the answer apart. Nothing is copied but the aborted ranges.
func (a *FetchAnswer) parse() (p partitionAnswer, err error) {
	r := wireReader{b: a.bytes}
	r.skip(4) // throttle time
	if a.version >= 7 {
		if code := r.int16(); code != 0 {
			return partitionAnswer{code: code}, nil
		}
		r.skip(4) // session
	}
	if r.int32() != 1 {
		return p, ErrAnswer
	}
	r.skip(int(r.int16())) // topic
	if r.int32() != 1 {
		return p, ErrAnswer
	}
	r.skip(4) // partition
	p.code, p.high, p.stable, p.start = r.int16(), r.int64(), r.int64(), -1
	if a.version >= 5 {
		p.start = r.int64()
	}
	for n := r.int32(); n > 0 && !r.bad; n-- {
		p.aborted = append(p.aborted, abortedRange{producer: r.int64(), first: r.int64()})
	}
	if a.version >= 11 {
		r.skip(4) // preferred replica
	}
	size := max(0, int(r.int32()))
	if r.bad || a.missing == 0 && size > len(r.b) {
		return p, ErrAnswer
	}
	p.records = r.b[:min(size, len(r.b))]
	return p, nil
}

// wireReader reads big-endian numbers. After the first failure every read gives zero.
type wireReader struct {
	b   []byte
	bad bool
}

func (r *wireReader) next(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return make([]byte, 8)
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *wireReader) skip(n int)   { r.next(n) }
func (r *wireReader) int16() int16 { return int16(binary.BigEndian.Uint16(r.next(2))) }
func (r *wireReader) int32() int32 { return int32(binary.BigEndian.Uint32(r.next(4))) }
func (r *wireReader) int64() int64 { return int64(binary.BigEndian.Uint64(r.next(8))) }
