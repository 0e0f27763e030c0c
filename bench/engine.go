package main

import (
	"context"
	"fmt"
	"runtime"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/source"
)

// epochRecords is how many records one epoch of the measurement engine takes:
// about as many as a task reads in a second.
const epochRecords = 1 << 16

// engineAlone measures the engine over decoded events, one partition after the
// other. Fetching and decoding happen between the sections that count.
func engineAlone(ctx context.Context, t *task, w *watch) (int, error) {
	rules, err := rulesOf(t.Name)
	if err != nil {
		return 0, err
	}
	k, err := source.Connect(t.kafka())
	if err != nil {
		return 0, err
	}
	defer k.Close()
	events := 0
	for p := range t.Partitions {
		b, err := newBelt(k, rules, t.Topics, p)
		if err != nil {
			return events, err
		}
		n, err := b.run(ctx, w)
		if err != nil {
			return events, fmt.Errorf("partition %d: %w", p, err)
		}
		events += n
	}
	return events, nil
}

// belt feeds the events of one partition to an engine.
type belt struct {
	fetcher *source.Fetcher
	engine  *engine.Engine
	decoder *decode.Decoder
	topics  []string
	next    []int64
	end     []int64

	records []event.Record // their values are decoded and released
	events  []event.Event
}

func newBelt(k *source.Cluster, r *rules.Rules, topics []string, partition int) (*belt, error) {
	b := &belt{fetcher: k.Fetcher(int32(partition)), topics: topics, next: make([]int64, len(topics)), end: make([]int64, len(topics))}
	var err error
	if b.decoder, err = decode.New(r.Decode); err != nil {
		return nil, err
	}
	b.engine, err = engine.New(r.Engine, b.topics)
	return b, err
}

// run feeds all events to the engine in epochs of epochRecords. Only the engine's work is timed: the watch stands
// while the next events are decoded.
func (b *belt) run(ctx context.Context, w *watch) (events int, err error) {
	runtime.GC() // garbage of earlier measurements does not count
	idle := make([]bool, len(b.topics))
	for more, since := true, 0; more; {
		if more, err = b.load(ctx); err != nil {
			return events, err
		}
		w.start()
		for i := range b.events {
			*b.engine.Slot() = b.events[i]
			b.engine.Add(&b.records[i])
		}
		events += len(b.events)
		if since += len(b.events); since >= epochRecords || !more {
			since = 0
			b.engine.Advance(b.engine.Reachable(idle))
			for done := false; !done; {
				done = b.engine.Run()
				b.engine.Reuse(b.engine.TakeRows())
			}
		}
		w.stop()
	}
	if c := b.engine.Counters(); c.Rejected+c.Late+c.Capped > 0 || c.Consumed != uint64(events) {
		return events, fmt.Errorf("the engine did not take all events: %+v", c)
	}
	return events, nil
}

// load fetches and decodes a batch of the topic that is behind. There is no more
// when all have been read.
func (b *belt) load(ctx context.Context) (more bool, err error) {
	b.records, b.events = b.records[:0], b.events[:0]
	topic := -1
	for i := range b.topics {
		if (b.next[i] < b.end[i] || b.end[i] == 0) && (topic < 0 || b.engine.TopicTime(i) < b.engine.TopicTime(topic)) {
			topic = i
		}
	}
	if topic < 0 {
		return false, nil
	}
	batch, err := b.fetcher.Fetch(ctx, b.topics[topic], b.next[topic])
	if err != nil {
		return false, err
	}
	defer batch.Release()
	b.next[topic], b.end[topic] = batch.Next, batch.End
	b.records = append(b.records, batch.Records...)
	if cap(b.events) < len(b.records) {
		b.events = make([]event.Event, 0, 2*len(b.records))
	}
	b.events = b.events[:len(b.records)]
	for i := range b.records {
		r := &b.records[i]
		r.Topic = uint8(topic)
		if why := b.decoder.Decode(r, &b.events[i]); why.Reason != event.Accepted {
			return false, fmt.Errorf("offset %d of topic %s: %s", r.Offset, b.topics[topic], why.Reason)
		}
		r.Key, r.Value = nil, nil
	}
	return true, nil
}
