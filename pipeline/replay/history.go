package replay

import (
	"context"
	"io"
	"slices"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/source"
)

// TopicPast is what the input topics still hold, from one time to another as the
// records' own times say; the zero time is the beginning or the end. What comes in
// meanwhile is left out. Nothing is joined, committed or written.
// Close the past when done.
func TopicPast(ctx context.Context, c source.Config, from, to time.Time) (Past, error) {
	k, err := source.Connect(c)
	if err != nil {
		return Past{}, err
	}
	partitions, err := k.Verify(ctx)
	if err != nil {
		k.Close()
		return Past{}, err
	}
	topics := slices.Sorted(slices.Values(c.Topics))
	return Past{Parts: partitions, Topics: topics, Close: k.Close, Open: func(ctx context.Context, part int, _ ...*decode.Decoder) (Tape, error) {
		h := &history{fetcher: k.Fetcher(int32(part))}
		for i, topic := range topics {
			first, end, err := span(ctx, k, topic, int32(part), from, to)
			if err != nil {
				return Tape{}, err
			}
			h.streams = append(h.streams, &stream{topic: topic, index: uint8(i), next: first, end: end})
		}
		return Tape{Next: h.next, Ended: h.ended, Close: h.close}, nil
	}}, nil
}

// span is the offsets of a partition between two times.
func span(ctx context.Context, k *source.Cluster, topic string, partition int32, from, to time.Time) (first, end int64, err error) {
	if first, end, err = k.Bounds(ctx, topic, partition); err != nil {
		return 0, 0, err
	}
	if !from.IsZero() {
		if first, err = k.OffsetAt(ctx, topic, partition, from); err != nil {
			return 0, 0, err
		}
	}
	if !to.IsZero() {
		end, err = k.OffsetAt(ctx, topic, partition, to)
	}
	return first, end, err
}

// history reads one partition of several topics, the topic that is furthest behind
// first.
type history struct {
	fetcher fetcher
	streams []*stream
}

// fetcher reads one partition of any topic. It waits a moment for records when there are none and then returns an empty
// batch.
type fetcher interface {
	Fetch(ctx context.Context, topic string, from int64) (*source.Batch, error)
}

// stream is one topic of a history.
type stream struct {
	topic     string
	index     uint8
	next, end int64
	hand      *source.Batch
	at        int // in hand
}

// next is the next record, or io.EOF.
func (h *history) next(ctx context.Context) (*event.Record, error) {
	var first *stream
	for _, s := range h.streams {
		rec, err := s.peek(ctx, h.fetcher)
		if err != nil {
			return nil, err
		}
		if rec != nil && (first == nil || rec.Time < first.hand.Records[first.at].Time) {
			first = s
		}
	}
	if first == nil {
		return nil, io.EOF
	}
	rec := &first.hand.Records[first.at]
	first.at++
	rec.Topic = first.index
	return rec, nil
}

// peek is the record to come, nil at the end. The batch before is given back only
// now: its last record may have been in use until then.
func (s *stream) peek(ctx context.Context, f fetcher) (*event.Record, error) {
	for s.hand == nil || s.at == len(s.hand.Records) {
		if s.hand != nil {
			s.next = s.hand.Next
			s.release()
		}
		if s.next >= s.end {
			return nil, nil
		}
		b, err := f.Fetch(ctx, s.topic, s.next)
		if err != nil {
			return nil, err
		}
		s.hand, s.at = b, 0
	}
	if rec := &s.hand.Records[s.at]; rec.Offset < s.end {
		return rec, nil
	}
	s.next = s.end
	s.hand.Records = s.hand.Records[:s.at]
	return nil, nil
}

func (s *stream) release() {
	if s.hand != nil {
		s.hand.Release()
		s.hand, s.at = nil, 0
	}
}

// ended says which topics have no more records.
func (h *history) ended() []bool {
	ended := make([]bool, len(h.streams))
	for i, s := range h.streams {
		ended[i] = s.next >= s.end && (s.hand == nil || s.at == len(s.hand.Records))
	}
	return ended
}

// close gives back what is in hand.
func (h *history) close() error {
	for _, s := range h.streams {
		s.release()
	}
	return nil
}
