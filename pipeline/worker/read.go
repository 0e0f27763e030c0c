package worker

import (
	"context"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/event"
	"friction/pipeline/rejects"
)

// What records cost beside their bytes, estimated.
const (
	pendingBytes  = 600 // of one that waits for the watermark
	rejectedBytes = 400 // of one that was rejected, until its epoch is logged and its dead letter written
)

// reader takes records of the inputs into the machine, one epoch after the other.
type reader struct {
	config    Config // with the budgets in force
	inputs    *inputs
	machine   *machine
	metrics   *Metrics
	log       *zap.Logger
	rejects   *rejects.Watch // nil where nobody watches
	partition int32
	clockAt   time.Time // when the watermark was last moved
	waiting   *share    // memory of records that wait for the watermark; nil has no limit
}

// read reads records into the engine until wall, until enough have come, or until the rows made have reached their limit.
// It returns how many. processed is told of each batch.
func (r *reader) read(ctx context.Context, wall time.Time, processed func(records int, took time.Duration)) (records int, err error) {
	if err := r.machine.step(); err != nil || r.machine.draining { // what is left of the last epoch comes first
		return 0, err
	}
	bound := event.Millis(wall.UnixMilli())
	timer := time.NewTimer(time.Until(wall))
	defer timer.Stop()
	for bytes := 0; bytes < r.config.EpochBytes; {
		in, err := r.choose(time.Now())
		if err != nil {
			return records, err
		}
		if in == nil {
			select {
			case <-r.inputs.wake:
				continue
			case <-timer.C:
			case <-ctx.Done():
			}
			return records, nil
		}
		began := time.Now()
		rejected, size := r.machine.engine.Counters().Rejected, in.batch.Bytes
		n, err := r.feed(in, bound)
		if err == nil {
			err = r.machine.step()
		}
		if err != nil {
			return records, err
		}
		counters := r.machine.engine.Counters()
		bytes += size + int(counters.Rejected-rejected)*rejectedBytes
		r.waiting.set(int64(r.machine.engine.Waiting()) * int64(pendingBytes+size/max(1, n)))
		records += n
		now := time.Now()
		processed(n, now.Sub(began))
		if r.machine.draining || now.After(wall) || ctx.Err() != nil {
			break
		}
	}
	return records, nil
}

// choose returns the topic with the lowest topic time among those that have a batch. When too much waits for the
// watermark, only the topic that holds it back may go on.
func (r *reader) choose(now time.Time) (*input, error) {
	e := r.machine.engine
	var lowest *input
	for _, in := range r.inputs.list {
		if err := in.poll(now); err != nil {
			return nil, err
		}
		if in.missed > 0 {
			r.miss(in)
		}
		if in.batch != nil && (lowest == nil || e.TopicTime(int(in.index)) < e.TopicTime(int(lowest.index))) {
			lowest = in
		}
	}
	if lowest == nil || !r.waiting.full() {
		return lowest, nil
	}
	for _, in := range r.inputs.list {
		if in.batch == nil && !in.idle(now, &r.config) && e.TopicTime(int(in.index)) < e.TopicTime(int(lowest.index)) {
			return nil, nil // wait for the topic that is behind
		}
	}
	return lowest, nil
}

// miss counts records that retention has removed before they were read. They are lost, so the operator is told.
func (r *reader) miss(in *input) {
	r.log.Error("records were removed by retention before they were read: they are lost; keep topics for longer, or let workers catch up",
		zap.String("topic", in.topic), zap.Uint64("records", in.missed), zap.Int64("goes_on_at", in.next))
	r.machine.missed += in.missed
	in.missed = 0
}

// feed decodes the batch of a topic into the engine and moves past it.
func (r *reader) feed(in *input, bound event.Millis) (int, error) {
	before := r.machine.engine.TopicTime(int(in.index))
	records := in.batch.Records
	rejected := func(rec *event.Record, why event.Rejection) { r.rejects.Rejected(in.topic, r.partition, rec, why) }
	if err := r.machine.feed(in.index, records, bound, rejected); err != nil {
		return 0, err
	}
	r.rejects.Read(len(records))
	if r.metrics.decoding.show(r.machine.decoder, &r.machine.decoded) {
		r.log.Warn("times without an offset are taken as UTC; send an offset, or name their zone in input.map, as in time=ts:Europe/Berlin")
	}
	if r.machine.engine.TopicTime(int(in.index)) > before || in.batch.Next < in.end {
		in.movedAt = time.Now()
	}
	in.done()
	return len(records), nil
}

// advance moves the watermark to where the epoch leaves it and reports whether all topics are idle. Once all are, the
// watermark goes on as time passes, or, with when_idle: close, to where everything open is closed.
func (r *reader) advance() (allIdle bool, err error) {
	m := r.machine
	if m.draining {
		return false, nil
	}
	now := time.Now()
	idle, allIdle := r.inputs.idle(now, &r.config)
	w := m.engine.Reachable(idle)
	passed := event.Millis(now.Sub(r.clockAt).Milliseconds())
	r.clockAt = now
	switch {
	case !allIdle:
	case r.config.WhenIdle == Close:
		if m.engine.Unfinished() {
			w = m.engine.ClosingWatermark()
		}
	case w != event.Beginning && m.engine.Unfinished():
		w += passed
	}
	return allIdle, m.advance(w)
}
