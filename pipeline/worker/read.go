package worker

import (
	"context"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/event"
)

// pendingBytes estimates the memory of a record that waits for the watermark.
const pendingBytes = 600

// read takes records into the engine until wall, until enough have come, or until
// the rows made have reached their limit. It returns how many.
func (t *task) read(ctx context.Context, wall time.Time) (records int, err error) {
	if t.step(); t.draining { // what is left of the last epoch comes first
		return 0, nil
	}
	bound := event.Millis(wall.UnixMilli())
	timer := time.NewTimer(time.Until(wall))
	defer timer.Stop()
	for bytes := 0; bytes < t.config.EpochBytes; {
		in, err := t.choose(time.Now())
		if err != nil {
			return records, err
		}
		if in == nil {
			select {
			case <-t.wake:
				continue
			case <-timer.C:
			case <-ctx.Done():
			}
			return records, nil
		}
		began := time.Now()
		bytes += in.hand.Bytes
		n := t.take(in, bound)
		t.step()
		records += n
		now := time.Now()
		t.bases.processed(n, now.Sub(began))
		if t.draining || now.After(wall) || ctx.Err() != nil {
			break
		}
	}
	return records, nil
}

// step lets the engine take what the topics allow, so that little waits and what
// has just been decoded is still at hand. The rows of an epoch are the same as if
// its watermark had been moved once.
func (t *task) step() {
	t.engine.Advance(t.engine.Reachable(nil))
	t.draining = !t.engine.Run()
}

// choose returns the topic with the lowest topic time among those with a batch
// in hand. When too much waits for the watermark, only the topic that holds it
// back may go on.
func (t *task) choose(now time.Time) (*input, error) {
	var best *input
	for _, in := range t.inputs {
		if err := in.poll(now); err != nil {
			return nil, err
		}
		if in.missed > 0 {
			t.miss(in)
		}
		if in.hand != nil && (best == nil || t.engine.TopicTime(int(in.index)) < t.engine.TopicTime(int(best.index))) {
			best = in
		}
	}
	if best == nil || int(t.engine.Counters().Pending)*pendingBytes < t.config.ReorderBytes {
		return best, nil
	}
	for _, in := range t.inputs {
		if in.hand == nil && !in.idle(now, t.config.IdleTimeout, t.config.MaxWait) &&
			t.engine.TopicTime(int(in.index)) < t.engine.TopicTime(int(best.index)) {
			return nil, nil // wait for the topic that is behind
		}
	}
	return best, nil
}

// miss counts records that retention has removed before they were read: they are
// lost, and everybody shall know.
func (t *task) miss(in *input) {
	t.log.Error("records were removed by retention before they were read: they are lost; keep topics for longer, or let workers catch up",
		zap.String("topic", in.topic), zap.Int32("partition", t.partition), zap.Uint64("records", in.missed), zap.Int64("goes_on_at", in.next))
	t.missed += in.missed
	in.missed = 0
}

// counters account for every record so far.
func (t *task) counters() event.Counters {
	c := t.engine.Counters()
	c.Missed = t.missed
	return c
}

// take decodes the batch in hand into the engine.
func (t *task) take(in *input, bound event.Millis) int {
	before := t.engine.TopicTime(int(in.index))
	records := in.hand.Records
	t.feed(in.index, records, bound)
	if len(records) > 0 {
		in.mark = fingerprint(&records[len(records)-1])
	}
	if t.engine.TopicTime(int(in.index)) > before || in.hand.Next < in.end {
		in.movedAt = time.Now()
	}
	in.done()
	return len(records)
}

// feed puts records into the engine. Their record time is never later than bound.
func (t *task) feed(topic uint8, records []event.Record, bound event.Millis) {
	for i := range records {
		rec := &records[i]
		rec.Topic = topic
		rec.Time = min(rec.Time, bound)
		if why := t.decoder.Decode(rec, t.engine.Slot()); why.Reason != event.Accepted {
			t.engine.Reject(rec, why, rec.Bytes())
			continue
		}
		t.engine.Add(rec)
	}
	if n := t.decoder.UnknownFields(); n > t.unknown {
		t.engine.CountUnknown(n - t.unknown)
		t.unknown = n
	}
}

func fingerprint(rec *event.Record) event.Digest {
	var h event.Hasher
	return h.Num(rec.Offset).Num(int64(len(rec.Key))).Bytes(rec.Key).Bytes(rec.Value).Sum()
}

// advance moves the watermark to where the epoch leaves it and reports whether
// all topics are idle.
func (t *task) advance() (allIdle bool) {
	if t.draining {
		return false
	}
	now := time.Now()
	idle, allIdle := make([]bool, len(t.inputs)), true
	for i, in := range t.inputs {
		idle[i] = in.idle(now, t.config.IdleTimeout, t.config.MaxWait)
		allIdle = allIdle && idle[i]
	}
	w := t.engine.Reachable(idle)
	passed := event.Millis(now.Sub(t.clockAt).Milliseconds())
	t.clockAt = now
	switch {
	case !allIdle:
	case t.config.WhenIdle == Close:
		if t.engine.Unfinished() {
			w = t.engine.ClosingWatermark()
		}
	case w != event.Beginning && t.engine.Unfinished():
		w += passed
	}
	t.engine.Advance(w)
	t.draining = !t.engine.Run()
	return allIdle
}

// publish shows where the task stands.
func (t *task) publish(allIdle bool) {
	s := &TaskStatus{
		Partition: t.partition, Epoch: t.n, Watermark: t.engine.Watermark(), Counters: t.counters(),
		Open: t.engine.Open(), CaughtUp: true, AllIdle: allIdle, Settled: !t.engine.Unfinished(),
	}
	for _, in := range t.inputs {
		s.Lag += max(0, in.end-in.next)
		s.Inputs = append(s.Inputs, InputStatus{in.topic, in.next, in.end, in.start, t.engine.TopicTime(int(in.index))})
		s.CaughtUp = s.CaughtUp && in.caughtUp()
	}
	t.status.Store(s)
}
