package worker

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/source"
)

// recovery brings a new task to where the log says it stood.
type recovery struct {
	*Task
	found *checkpoint.Recovery
	lost  uint64 // records that were read once and are gone: the state they made cannot be made again
}

// Recover brings a new task to where the log says it stood: it loads the newest snapshot and processes the records of
// every later epoch again, each with its recorded watermark. Rows that may not be in ClickHouse are handed to the
// inserter. first is where a topic begins that was never read; current are the rules to go on with.
func (t *Task) Recover(ctx context.Context, found *checkpoint.Recovery, current *rules.Rules, first func(topic string) (int64, error)) error {
	began := time.Now()
	t.out.run, t.n = found.Claim.Run, found.SnapshotN()
	t.tracker.rowsDone(found.Flushed, 0)
	r := &recovery{Task: t, found: found}
	if err := r.load(current, first); err != nil {
		return err
	}
	r.reader.machine.interrupted = ctx.Err
	if err := r.check(ctx); err != nil {
		return err
	}
	loaded := time.Now()
	records, err := r.replay(ctx)
	if err != nil {
		return err
	}
	t.reader.inputs.release()
	t.snapshots.recovered(records, time.Since(loaded))
	m := t.reader.machine
	if r.lost > 0 {
		if err := t.snapshots.write(ctx, t.snapshots.encode(m, t.last)); err != nil { // nothing before it can be made again
			return err
		}
	}
	if m.rules != current {
		if err := r.change(ctx, current); err != nil {
			return err
		}
	}
	t.log.Info("task recovered", zap.Uint64("epoch", t.n), zap.Uint64("snapshot", found.SnapshotN()), zap.Int("records", records),
		zap.Duration("loading", loaded.Sub(began)), zap.Duration("took", time.Since(began)), zap.Int("open_sessions", m.engine.Open()))
	return nil
}

// load makes the engine of the snapshot, under the rules recorded with it, or a new engine.
func (r *recovery) load(current *rules.Rules, first func(topic string) (int64, error)) (err error) {
	s, inForce := r.found.Snapshot, current
	if s != nil {
		if inForce, err = rules.FromLog(s.Config, current); err != nil {
			return err
		}
	}
	m, err := newMachine(inForce, r.o.Topics)
	if err != nil {
		return err
	}
	r.reader.machine = m
	if s == nil {
		return r.reader.inputs.start(first)
	}
	if err := r.reader.inputs.compare(s.Positions); err != nil { // or the state would seem to be damaged
		return r.errorf("%w", err)
	}
	if err := m.engine.LoadState(s.State); err != nil {
		return r.errorf("snapshot of epoch %d, written by engine %s: %w", s.N, s.EngineVersion, err)
	}
	r.last, m.missed = s.Header, s.Counters.Missed
	r.snapshots.size, s.State = len(s.State), nil // its memory is needed
	return r.restore(s.Positions)
}

func (r *recovery) restore(positions []checkpoint.Position) error {
	if err := r.reader.inputs.restore(positions); err != nil {
		return r.errorf("%w", err)
	}
	return nil
}

// ErrTopicChanged is wrapped when an input topic is not the one that was read.
var ErrTopicChanged = errors.New("input topic is not the one that was read")

// check compares the last record read of each topic with what the log noted: a topic that was made anew has other
// records, or fewer.
func (r *recovery) check(ctx context.Context) error {
	positions := []checkpoint.Position(nil)
	if r.found.Snapshot != nil {
		positions = r.found.Snapshot.Positions
	}
	if n := len(r.found.Epochs); n > 0 && r.found.Epochs[n-1].N > r.found.SnapshotN() {
		positions = r.found.Epochs[n-1].Positions
	}
	for _, p := range positions {
		if p.Fingerprint.IsZero() || p.To == 0 {
			continue
		}
		b, err := r.o.Source.Reread(ctx, p.Topic, p.To-1)
		if _, gone := removedBefore(err); gone {
			continue // it cannot be compared any more
		}
		if outside := (*source.RangeError)(nil); errors.As(err, &outside) {
			return r.changed(p)
		}
		if err != nil {
			return r.errorf("read topic %s at %d again: %w", p.Topic, p.To-1, err)
		}
		changed := len(b.Records) > 0 && b.Records[0].Offset == p.To-1 && fingerprint(&b.Records[0]) != p.Fingerprint
		b.Release()
		if changed {
			return r.changed(p)
		}
	}
	return nil
}

func (r *recovery) changed(p checkpoint.Position) error {
	return r.errorf("topic %s at offset %d: %w; start over with a new run (--run NAME), or bring the old topic back", p.Topic, p.To-1, ErrTopicChanged)
}

// replay brings every logged epoch about once more: those that the snapshot covers as rows, later ones by processing.
func (r *recovery) replay(ctx context.Context) (records int, err error) {
	for i := range r.found.Epochs {
		e := &r.found.Epochs[i]
		if e.N <= r.found.SnapshotN() {
			if err := r.insertLogged(ctx, e); err != nil {
				return records, err
			}
			continue
		}
		n, err := r.process(ctx, e)
		if err != nil {
			return records, err
		}
		records += n
	}
	return records, nil
}

// process processes one logged epoch once more and checks that it makes the same rows. Once records are missing that
// were there the first time, it cannot: the logged rows stand, and the state is what the records that are left make.
func (r *recovery) process(ctx context.Context, e *checkpoint.Epoch) (records int, err error) {
	m := r.reader.machine
	r.forget(e.Forgotten)
	r.forgotten = nil // its header has them
	missed := m.missed
	for i, p := range e.Positions {
		n, gone, err := r.reread(ctx, r.reader.inputs.list[i], p, e.WallClock)
		if err != nil {
			return records, err
		}
		records, missed = records+n, missed+gone
	}
	if err := m.advance(e.Watermark); err != nil {
		return records, err
	}
	sealed := r.sealRows()
	before := r.n
	r.n, r.last = e.N, e.Header
	if missed > e.Counters.Missed+r.lost {
		r.lose(e, missed-e.Counters.Missed-r.lost, before)
	}
	m.missed = e.Counters.Missed + r.lost
	r.last.Counters = m.counters()
	rows := sealed.epoch.Rows
	switch {
	case r.lost > 0:
		r.pool.put(rows)
		if err := r.insertLogged(ctx, e); err != nil {
			return records, err
		}
	case event.DigestOf(rows) != e.RowsSum:
		return records, r.errorf("epoch %d made again gives other rows: it was logged by engine %s with rules %s, this is engine %s with rules %s; "+
			"run the program that wrote it until it stops cleanly, or start a new run with --run NAME",
			e.N, e.EngineVersion, e.ConfigRevision, engine.Version, m.rules.Revision)
	case e.N > r.tracker.flushed():
		if err := r.insert(ctx, e, rows, sealed.windows, sealed.rejected); err != nil {
			return records, err
		}
	default:
		r.pool.put(rows)
	}
	return records, r.restore(e.Positions)
}

// lose notes that records which were processed once are gone, so that the state they made cannot be made again.
func (r *recovery) lose(e *checkpoint.Epoch, records, after uint64) {
	r.lost += records
	r.log.Error("records that were read after the last snapshot were removed by retention, so the state they made is lost: open sessions lack them, "+
		"and rows made of them stay as they are; keep topics for longer than workers are away, or start a new run with --run NAME",
		zap.Uint64("epoch", e.N), zap.Uint64("after_epoch", after), zap.Uint64("records", records))
}

// reread feeds the records [From, To) of a topic, and counts those that are gone. What a fetch brings beyond To is kept
// for the next epoch.
func (r *recovery) reread(ctx context.Context, in *input, p checkpoint.Position, bound event.Millis) (records int, gone uint64, err error) {
	for at := p.From; at < p.To; {
		if in.batch == nil {
			b, err := r.o.Source.Reread(ctx, in.topic, at)
			if first, ok := removedBefore(err); ok {
				next := min(first, p.To)
				gone += uint64(next - at)
				at = next
				continue
			}
			if outside := (*source.RangeError)(nil); errors.As(err, &outside) {
				return records, gone, r.changed(p)
			}
			if err != nil {
				return records, gone, r.errorf("read topic %s from %d again: %w", in.topic, at, err)
			}
			in.batch, in.at = b, 0
		}
		first := in.at
		for in.at < len(in.batch.Records) && in.batch.Records[in.at].Offset < p.To {
			in.at++
		}
		if err := r.reader.machine.feed(in.index, in.batch.Records[first:in.at], bound, nil); err != nil {
			return records, gone, err
		}
		records += in.at - first
		if in.at < len(in.batch.Records) {
			break
		}
		at = in.batch.Next
		in.release()
	}
	return records, gone, nil
}

// insertLogged hands on the rows of an epoch as the log has them.
func (r *recovery) insertLogged(ctx context.Context, e *checkpoint.Epoch) error {
	if e.N <= r.tracker.flushed() {
		return nil
	}
	if !r.waitForRoom(ctx) {
		return ctx.Err()
	}
	encoded, err := r.o.Writer.Rows(ctx, e)
	if err != nil {
		return err
	}
	rows, err := score.DecodeRows(encoded)
	if err != nil {
		return r.errorf("rows of epoch %d: %w", e.N, err)
	}
	return r.insert(ctx, e, encoded, rows.Windows, rows.Rejected)
}

// insert hands on the rows of a logged epoch once there is room for them.
func (r *recovery) insert(ctx context.Context, e *checkpoint.Epoch, rows []byte, windows []score.WindowRow, rejected []score.RejectedRow) error {
	if !r.waitForRoom(ctx) {
		return ctx.Err()
	}
	r.out.steps.add(r.o.Partition, e.Watermark, windows)
	r.tracker.addRows(len(rows))
	r.out.hand(r.reader.machine.rules, &e.Header, e.Birth, rows, rejected)
	return nil
}

// change puts other rules in force between two epochs. A snapshot is written first, so that nothing after it is ever
// made again under the old ones.
func (r *recovery) change(ctx context.Context, to *rules.Rules) error {
	m := r.reader.machine
	from := m.rules.Revision
	if r.o.MayChange != nil {
		if err := r.o.MayChange(ctx); err != nil {
			return err
		}
	}
	if err := m.adopt(to); err != nil {
		return r.errorf("change configuration from %s to %s: %w; keep the old one, or start a new run with --run NAME", from, to.Revision, err)
	}
	r.log.Info("configuration changed", zap.String("from", from), zap.String("to", to.Revision), zap.Uint64("after_epoch", r.n))
	if r.n == 0 {
		return nil
	}
	r.last.ConfigRevision = to.Revision
	return r.snapshots.write(ctx, r.snapshots.encode(m, r.last))
}
