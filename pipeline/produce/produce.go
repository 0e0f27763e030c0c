package produce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/files"
)

// Options say which files go where.
type Options struct {
	Decode decode.Config
	Topic  string
	// Open begins reading; it is called twice when times are shifted.
	Open files.Opener
	// Tally counts what could be decoded of each file; may be nil.
	Tally *files.Tally
	// Convert sends native events instead of the lines as they are.
	Convert bool
	// Rate is how many records a second are sent, 0 for as fast as it goes.
	Rate float64
	// ShiftTo is when the newest event shall have happened; zero leaves times alone.
	ShiftTo time.Time
	// Progress is called now and then with the number of records sent; may be nil.
	Progress func(records uint64)
}

// Producer sends keyed records.
type Producer interface {
	Send(ctx context.Context, topic string, key, value []byte, at event.Millis) error
	Flush(ctx context.Context) error
}

// Produced is what was sent.
type Produced struct {
	Records   uint64
	Bytes     uint64
	Undecoded uint64 // sent as they are, under a key of their own
	TooLarge  uint64 // left out: beyond max_bytes
	Took      time.Duration
}

// Produce sends the records of files to a topic, keyed by user, with the time of
// sending as record time. A line that cannot be decoded is sent as it is, so that
// the worker sets it aside under its reason.
func Produce(ctx context.Context, p Producer, o Options) (*Produced, error) {
	s := &sending{o: o, to: p, began: time.Now()}
	var err error
	if s.decoder, err = decode.New(o.Decode); err != nil {
		return nil, err
	}
	if !o.ShiftTo.IsZero() {
		newest, err := newestTime(ctx, o)
		if err != nil {
			return nil, err
		}
		s.shift = event.Millis(o.ShiftTo.UnixMilli()) - newest
	}
	lines, err := o.Open(s.decoder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lines.Close() }()
	limit := rate.NewLimiter(rate.Inf, 0)
	if o.Rate > 0 {
		limit = rate.NewLimiter(rate.Limit(o.Rate), max(1, int(o.Rate/50)))
	}
	for {
		rec, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := limit.Wait(ctx); err != nil {
			return nil, fmt.Errorf("produce: %w", err)
		}
		if err := s.send(ctx, rec, lines.Position()); err != nil {
			return nil, err
		}
	}
	if err := p.Flush(ctx); err != nil {
		return nil, err
	}
	s.out.Took = time.Since(s.began)
	return &s.out, nil
}

type sending struct {
	o       Options
	to      Producer
	decoder *decode.Decoder
	shift   event.Millis
	began   time.Time
	event   event.Event
	buf     []byte
	out     Produced
}

// send sends one record: as it is, or as a native event where times are shifted or that was asked for.
func (s *sending) send(ctx context.Context, rec *event.Record, at files.Position) error {
	if rec.Size > len(rec.Value) {
		s.out.TooLarge++
		return nil
	}
	var key []byte
	value := rec.Value
	why := s.decoder.Decode(rec, &s.event)
	s.o.Tally.Note(at, why)
	switch {
	case why.Reason == event.Accepted:
		key = []byte(s.event.User)
		if s.shift != 0 || s.o.Convert {
			s.event.Time += s.shift
			s.buf = decode.AppendNative(s.buf[:0], &s.event)
			value = s.buf
		}
	default:
		s.out.Undecoded++
		key = []byte("line " + strconv.FormatInt(rec.Offset, 10))
	}
	if err := s.to.Send(ctx, s.o.Topic, key, value, event.Millis(time.Now().UnixMilli())); err != nil {
		return fmt.Errorf("produce to %s: %w", s.o.Topic, err)
	}
	s.out.Records++
	s.out.Bytes += uint64(len(value))
	if s.o.Progress != nil && s.out.Records%10_000 == 0 {
		s.o.Progress(s.out.Records)
	}
	return nil
}

// newestTime is the latest event time of the files.
func newestTime(ctx context.Context, o Options) (event.Millis, error) {
	d, err := decode.New(o.Decode)
	if err != nil {
		return 0, err
	}
	lines, err := o.Open(d)
	if err != nil {
		return 0, err
	}
	defer func() { _ = lines.Close() }()
	newest := event.Beginning
	var e event.Event
	for ctx.Err() == nil {
		rec, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if why := d.Decode(rec, &e); why.Reason == event.Accepted {
			newest = max(newest, e.Time)
		}
	}
	if newest == event.Beginning {
		return 0, errors.New("shift times: the files hold no event that can be decoded")
	}
	return newest, ctx.Err()
}
