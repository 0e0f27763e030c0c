package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/source"
)

// recover brings a new task to where the log says it stood: the newest base, then
// the records of every later epoch processed again, each with its recorded
// watermark. Rows that may not be in ClickHouse are handed to the inserter.
func (t *task) recover(ctx context.Context, r *checkpoint.Recovery, current *rules.Rules, first func(topic string) (int64, error)) error {
	began := time.Now()
	t.claim, t.n = r.Claim, r.SnapshotN()
	t.debts.inserted(r.Flushed)
	t.rules = current
	if r.Snapshot != nil {
		logged, err := rules.FromLog(r.Snapshot.Config, current)
		if err != nil {
			return err
		}
		t.rules, t.last, t.missed = logged, r.Snapshot.Header, r.Snapshot.Counters.Missed
	}
	if err := t.load(r.Snapshot, first); err != nil {
		return err
	}
	if err := t.check(ctx, r); err != nil {
		return err
	}
	loaded := time.Now()
	records := 0
	for i := range r.Epochs {
		e := &r.Epochs[i]
		if e.N <= r.SnapshotN() {
			if err := t.insertLogged(ctx, e); err != nil {
				return err
			}
			continue
		}
		n, err := t.again(ctx, e)
		if err != nil {
			return err
		}
		records += n
	}
	for _, in := range t.inputs {
		in.letGo()
	}
	t.bases.recovered(records, time.Since(loaded))
	if t.holed {
		if err := writeBase(ctx, t.writer, t.base(t.last)); err != nil { // nothing before it can be made again
			return err
		}
	}
	if t.rules != current {
		if err := t.change(ctx, current); err != nil {
			return err
		}
	}
	t.log.Info("task recovered", zap.Int32("partition", t.partition), zap.Uint64("epoch", t.n), zap.Uint64("base", r.SnapshotN()),
		zap.Int("records", records), zap.Duration("loading", loaded.Sub(began)), zap.Duration("took", time.Since(began)), zap.Int("open_sessions", t.engine.Open()))
	return nil
}

// load makes the engine of a base, or a new one.
func (t *task) load(base *checkpoint.Snapshot, first func(topic string) (int64, error)) error {
	topics := make([]string, len(t.inputs))
	for i, in := range t.inputs {
		topics[i] = in.topic
	}
	var err error
	if t.engine, t.decoder, err = t.rules.Build(topics); err != nil {
		return err
	}
	if base == nil {
		for _, in := range t.inputs {
			if in.next, err = first(in.topic); err != nil {
				return err
			}
			in.from = in.next
		}
		return nil
	}
	if err := t.engine.LoadState(base.State); err != nil {
		return fmt.Errorf("task %d: base of epoch %d, written by engine %s: %w", t.partition, base.N, base.EngineVersion, err)
	}
	t.bases.size, base.State = len(base.State), nil // its memory is needed
	return t.place(base.Positions)
}

// place sets where the topics are read on from.
func (t *task) place(positions []checkpoint.Position) error {
	if len(positions) != len(t.inputs) {
		return fmt.Errorf("task %d: the log speaks of %d input topics, the configuration of %d: start a new run with --run NAME",
			t.partition, len(positions), len(t.inputs))
	}
	for i, p := range positions {
		in := t.inputs[i]
		if in.topic != p.Topic {
			return fmt.Errorf("task %d: the log speaks of topic %q, the configuration of %q: start a new run with --run NAME", t.partition, p.Topic, in.topic)
		}
		in.next, in.from, in.end, in.mark = p.To, p.To, p.End, p.Fingerprint
	}
	return nil
}

// ErrTopicChanged is wrapped when an input topic is not the one that was read.
var ErrTopicChanged = errors.New("input topic is not the one that was read")

// check compares the last record read of each topic with what the log noted: a
// topic that was made anew has other records, or fewer.
func (t *task) check(ctx context.Context, r *checkpoint.Recovery) error {
	positions := []checkpoint.Position(nil)
	if r.Snapshot != nil {
		positions = r.Snapshot.Positions
	}
	if n := len(r.Epochs); n > 0 && r.Epochs[n-1].N > r.SnapshotN() {
		positions = r.Epochs[n-1].Positions
	}
	for _, p := range positions {
		if p.Fingerprint.IsZero() || p.To == 0 {
			continue
		}
		b, err := t.fetcher.Reread(ctx, p.Topic, p.To-1)
		if _, gone := passed(err); gone {
			continue // it cannot be compared any more
		}
		if outside := (*source.RangeError)(nil); errors.As(err, &outside) {
			return t.changed(p)
		}
		if err != nil {
			return fmt.Errorf("task %d: read topic %s at %d again: %w", t.partition, p.Topic, p.To-1, err)
		}
		changed := len(b.Records) > 0 && b.Records[0].Offset == p.To-1 && fingerprint(&b.Records[0]) != p.Fingerprint
		b.Release()
		if changed {
			return t.changed(p)
		}
	}
	return nil
}

func (t *task) changed(p checkpoint.Position) error {
	return fmt.Errorf("task %d: topic %s at offset %d: %w; start over with a new run (--run NAME), or bring the old topic back",
		t.partition, p.Topic, p.To-1, ErrTopicChanged)
}

// again processes one logged epoch once more and checks that it makes the same
// rows. Once records are missing that were there the first time, it cannot: the
// logged rows stand, and the state is what the records that are left make.
func (t *task) again(ctx context.Context, e *checkpoint.Epoch) (records int, err error) {
	missed := t.missed
	for i, p := range e.Positions {
		n, gone, err := t.reread(ctx, t.inputs[i], p, e.WallClock)
		if err != nil {
			return records, err
		}
		records, missed = records+n, missed+gone
	}
	t.engine.Advance(e.Watermark)
	t.engine.Run()
	m := t.takeRows()
	before := t.n
	t.n, t.last = e.N, e.Header
	if missed > e.Counters.Missed+t.holes {
		t.hole(e, missed-e.Counters.Missed-t.holes, before)
	}
	t.missed = e.Counters.Missed + t.holes
	t.last.Counters = t.counters()
	sum := event.DigestOf(m.epoch.Rows)
	switch {
	case t.holed:
		t.used.keep(m.epoch.Rows)
		if err := t.insertLogged(ctx, e); err != nil {
			return records, err
		}
	case sum != e.RowsSum:
		return records, fmt.Errorf("task %d: epoch %d made again gives other rows: it was logged by engine %s with rules %s, this is engine %s with rules %s; "+
			"run the program that wrote it until it stops cleanly, or start a new run with --run NAME",
			t.partition, e.N, e.EngineVersion, e.ConfigRevision, engine.Version, t.rules.Revision)
	case e.N > t.debts.flushed():
		if !t.waitForRoom(ctx) {
			return records, ctx.Err()
		}
		t.steps.took(t.partition, e.Watermark, m.shown)
		t.unflushed.Add(int64(len(m.epoch.Rows)))
		t.insert(&e.Header, e.Birth, m.epoch.Rows, m.rejected)
	default:
		t.used.keep(m.epoch.Rows)
	}
	return records, t.place(e.Positions)
}

// hole notes that records which were processed once are gone, so that the state
// they made cannot be made again.
func (t *task) hole(e *checkpoint.Epoch, records, after uint64) {
	t.holed, t.holes = true, t.holes+records
	t.log.Error("records that were read after the last base were removed by retention, so the state they made is lost: open sessions lack them, "+
		"and rows made of them stay as they are; keep topics for longer than workers are away, or start a new run with --run NAME",
		zap.Int32("partition", t.partition), zap.Uint64("epoch", e.N), zap.Uint64("after_epoch", after), zap.Uint64("records", records))
}

// reread feeds the records [From, To) of a topic, and counts those that are gone.
// What a fetch brings beyond To is kept for the next epoch.
func (t *task) reread(ctx context.Context, in *input, p checkpoint.Position, bound event.Millis) (records int, gone uint64, err error) {
	for at := p.From; at < p.To; {
		if in.hand == nil {
			b, err := t.fetcher.Reread(ctx, in.topic, at)
			if first, ok := passed(err); ok {
				next := min(first, p.To)
				gone += uint64(next - at)
				at = next
				continue
			}
			if outside := (*source.RangeError)(nil); errors.As(err, &outside) {
				return records, gone, t.changed(p)
			}
			if err != nil {
				return records, gone, fmt.Errorf("task %d: read topic %s from %d again: %w", t.partition, in.topic, at, err)
			}
			in.hand, in.at = b, 0
		}
		first := in.at
		for in.at < len(in.hand.Records) && in.hand.Records[in.at].Offset < p.To {
			in.at++
		}
		t.feed(in.index, in.hand.Records[first:in.at], bound)
		records += in.at - first
		if in.at < len(in.hand.Records) {
			break
		}
		at = in.hand.Next
		in.letGo()
	}
	return records, gone, nil
}

// insertLogged hands on the rows of an epoch that the base already covers.
func (t *task) insertLogged(ctx context.Context, e *checkpoint.Epoch) error {
	if e.N <= t.debts.flushed() {
		return nil
	}
	if !t.waitForRoom(ctx) {
		return ctx.Err()
	}
	encoded, err := t.writer.Rows(ctx, e)
	if err != nil {
		return err
	}
	rows, err := score.DecodeRows(encoded)
	if err != nil {
		return fmt.Errorf("task %d: rows of epoch %d: %w", t.partition, e.N, err)
	}
	t.steps.took(t.partition, e.Watermark, rows.Windows)
	t.unflushed.Add(int64(len(encoded)))
	t.insert(&e.Header, e.Birth, encoded, rows.Rejected)
	return nil
}

// change puts another configuration in force between two epochs. A base is
// written first, so that nothing after it is ever made again under the old one.
func (t *task) change(ctx context.Context, to *rules.Rules) error {
	state := t.engine.AppendState(nil)
	topics := make([]string, len(t.inputs))
	for i, in := range t.inputs {
		topics[i] = in.topic
	}
	next, decoder, err := to.Build(topics)
	if err != nil {
		return err
	}
	if err := next.Adopt(t.engine, state); err != nil {
		return fmt.Errorf("task %d: change configuration from %s to %s: %w; keep the old one, or start a new run with --run NAME",
			t.partition, t.rules.Revision, to.Revision, err)
	}
	t.log.Info("configuration changed", zap.Int32("partition", t.partition), zap.String("from", t.rules.Revision), zap.String("to", to.Revision),
		zap.Uint64("after_epoch", t.n))
	t.engine, t.decoder, t.rules, t.unknown = next, decoder, to, 0
	if t.n == 0 {
		return nil
	}
	t.last.ConfigRevision = to.Revision
	return writeBase(ctx, t.writer, t.base(t.last))
}
