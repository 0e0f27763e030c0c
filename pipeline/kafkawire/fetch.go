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
