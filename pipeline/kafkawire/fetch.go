package kafkawire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// FetchOptions say what to fetch and how.
type FetchOptions struct {
	ClientID  string
	Topic     string
	Partition int32
	Offset    int64         // of the first record wanted
	MaxWait   time.Duration // how long the broker may wait for MinBytes
	MinBytes  int
	MaxBytes  int // asked for; a broker sends more when the first batch is larger
	Limit     int // bytes of one batch that are kept, as it comes and decompressed
}

// FetchRequest asks for the records of one partition. The transport of kafka-go
// routes it like its own fetch requests, but the answer is kept as it came.
type FetchRequest struct {
	*fetch.Request
	client  string
	version int16
	limit   int // bytes of an answer that are kept
	buffer  []byte
}

// Versions of the fetch protocol that carry record batches and are not "flexible".
const (
	oldestFetch = 4
	newestFetch = 11
)

const readCommitted = 1

// NewFetchRequest makes a request for committed records. The answer is read into
// the memory of b.
func NewFetchRequest(o *FetchOptions, b *Batch) *FetchRequest {
	return &FetchRequest{
		client: o.ClientID,
		limit:  o.Limit + answerSlack,
		buffer: b.wire,
		Request: &fetch.Request{
			ReplicaID: -1, MaxWaitTime: int32(o.MaxWait.Milliseconds()), MinBytes: int32(o.MinBytes), MaxBytes: int32(o.MaxBytes),
			IsolationLevel: readCommitted, SessionEpoch: -1,
			Topics: []fetch.RequestTopic{{Topic: o.Topic, Partitions: []fetch.RequestPartition{{
				Partition: o.Partition, CurrentLeaderEpoch: -1, FetchOffset: o.Offset, LogStartOffset: -1, PartitionMaxBytes: int32(o.MaxBytes),
			}}}},
		},
	}
}

// Required takes the version that was negotiated and asks for RawExchange.
func (m *FetchRequest) Required(versions map[protocol.ApiKey]int16) bool {
	m.version = min(versions[protocol.Fetch], newestFetch)
	return true
}

// answerSlack is what an answer may hold besides one batch.
const answerSlack = 1 << 20

// ErrOldBroker says that a broker is too old to be read from.
var ErrOldBroker = errors.New("broker is too old")

// RawExchange writes the request and reads the answer whole, or its start if it
// is too large to be kept.
func (m *FetchRequest) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	if m.version < oldestFetch {
		return nil, fmt.Errorf("%w: it speaks version %d of fetch; brokers before Kafka 0.11 are not supported", ErrOldBroker, m.version)
	}
	const correlation = 1 // the transport sends one request at a time over a connection
	if err := protocol.WriteRequest(rw, m.version, correlation, m.client, m.Request); err != nil {
		return nil, err
	}
	var head [8]byte
	if _, err := io.ReadFull(rw, head[:]); err != nil {
		return nil, err
	}
	size := int64(binary.BigEndian.Uint32(head[:4])) - 4
	if size < 0 || size > 1<<31 || binary.BigEndian.Uint32(head[4:]) != correlation {
		return nil, errors.New("read fetch answer: not one")
	}
	keep := min(size, int64(m.limit))
	if size > int64(m.limit) {
		keep = 64 << 10
	}
	b := m.buffer
	if int64(cap(b)) < keep {
		b = make([]byte, keep)
	}
	b = b[:keep]
	if _, err := io.ReadFull(rw, b); err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, rw, size-keep); err != nil {
		return nil, err
	}
	return &FetchAnswer{version: m.version, bytes: b, missing: int(size - keep)}, nil
}

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
