package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/source"
)

// postbox is a dead-letter topic: letters by the record they name.
type postbox struct {
	mu      sync.Mutex
	written map[string][]source.DeadLetter
}

func (p *postbox) Write(_ context.Context, list []source.DeadLetter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.written == nil {
		p.written = map[string][]source.DeadLetter{}
	}
	for _, d := range list {
		d.Key, d.Value = bytes.Clone(d.Key), bytes.Clone(d.Value)
		key := fmt.Sprint(d.Topic, "/", d.Offset)
		p.written[key] = append(p.written[key], d)
	}
	return nil
}

// Write of a process may be the last thing it does.
func (l *process) Write(ctx context.Context, letters []source.DeadLetter) error {
	if err := l.step(); err != nil {
		return err
	}
	if err := l.deadLetters.Write(ctx, letters); err != nil {
		return err
	}
	return l.step()
}

// read reads the records of a world, and is never killed: a process that reads again what it
// set aside would be too short for anything else.
func (w *world) read(int32) Fetcher {
	l := &process{world: w, batch: 5000}
	l.budget.Store(-1)
	return l
}

// checkLetters wants at least one letter for every record that cannot be decoded,
// all alike and with what the record held, and none for any other.
func (w *world) checkLetters(t testing.TB) {
	t.Helper()
	cut := 0
	for _, topic := range w.Topics {
		for _, r := range w.Records[topic] {
			letters := w.deadLetters.written[fmt.Sprint(topic, "/", r.Offset)]
			if bad := !bytes.HasSuffix(r.Value, []byte("}")); bad != (len(letters) > 0) {
				t.Fatalf("%s/%d: %d letters for %q", topic, r.Offset, len(letters), r.Value)
			} else if bad {
				cut++
			}
			for _, d := range letters {
				if d.Reason != "malformed" || d.Cut != "" || !bytes.Equal(d.Key, r.Key) || !bytes.Equal(d.Value, r.Value) || d.RecordTime != r.Time {
					t.Fatalf("%s/%d: letter %+v of record %+v", topic, r.Offset, d, r)
				}
			}
		}
	}
	if cut < 10 {
		t.Fatalf("only %d records were to be set aside", cut)
	}
}

// closed is a dead-letter topic that takes nothing until it is opened.
type closed struct {
	postbox
	open  atomic.Bool
	tries atomic.Int32
}

func (c *closed) Write(ctx context.Context, letters []source.DeadLetter) error {
	c.tries.Add(1)
	if c.open.Load() {
		return c.postbox.Write(ctx, letters)
	}
	return errors.New("no right to write to the topic")
}

// While the dead-letter topic takes nothing, epochs do not count as flushed, the reason is shown, and a task with too many
// dead letters waiting stops reading. Once the topic takes them again, everything goes on by itself.
func TestDeadLettersWaitForTheirTopic(t *testing.T) {
	w := shopWorld(t, 2)
	synctest.Test(t, func(t *testing.T) {
		topic := &closed{}
		l := NewDeadLetterWriter(topic, w.read, zap.NewNop(), NewMetrics("test"))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go l.Run(ctx)

		k := NewTask(TaskOptions{Config: quick(), Topics: w.Topics, Source: &process{world: w}, Log: zap.NewNop(), MaxDeadLetters: 3})
		var err error
		if k.reader.machine, err = newMachine(w.Rules, w.Topics); err != nil { // a task that waits for long shows where it stands
			t.Fatal(err)
		}
		var rows []score.RejectedRow
		for i := range 5 {
			rows = append(rows, score.RejectedRow{Topic: w.Topics[0], Offset: int64(7 * i), Reason: "malformed"})
		}
		k.tracker.rowsDone(3, 0)
		l.add(epochLetters{tracker: k.tracker, epoch: 4, rejected: rows[:2]})
		l.add(epochLetters{tracker: k.tracker, epoch: 5, rejected: rows[2:]})
		k.tracker.rowsDone(6, 0)
		if got := k.tracker.flushed(); got != 3 {
			t.Errorf("flushed %d while dead letters of epoch 4 wait, want 3", got)
		}
		began := time.Now()
		held, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if k.waitForRoom(held) {
			t.Error("a task with 5 dead letters waiting may go on, its limit is 3")
		}
		if _, failure := l.state(); !strings.Contains(failure, "no right") {
			t.Errorf("the reason why dead letters wait is not shown: %q", failure)
		}
		if n := topic.tries.Load(); n != 5 { // after 0, 1, 3, 7 and 15 s
			t.Errorf("tried %d times in 20 s, want 5", n)
		}
		topic.open.Store(true)
		if !k.waitForRoom(t.Context()) {
			t.Fatal("the test ended")
		}
		if took := time.Since(began); took != 31*time.Second {
			t.Errorf("goes on after %v, want 31 s: at the next try", took)
		}
		synctest.Wait()
		if got := k.tracker.flushed(); got != 6 {
			t.Errorf("flushed %d, want 6", got)
		}
		if waiting, failure := l.state(); waiting != 0 || failure != "" {
			t.Errorf("%d dead letters wait, %q", waiting, failure)
		}
		for _, r := range rows {
			d := topic.written[fmt.Sprint(r.Topic, "/", r.Offset)]
			if len(d) != 1 || !bytes.Equal(d[0].Value, w.Records[r.Topic][r.Offset].Value) {
				t.Errorf("offset %d: dead letters %+v", r.Offset, d)
			}
		}
	})
}

// A task that is thrown away writes nothing more, not even what failed before.
func TestDeadLettersOfATaskThatIsThrownAway(t *testing.T) {
	w := shopWorld(t, 2)
	synctest.Test(t, func(t *testing.T) {
		topic := &closed{}
		l := NewDeadLetterWriter(topic, w.read, zap.NewNop(), NewMetrics("test"))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go l.Run(ctx)
		gone, stays := newFlushTracker(0), newFlushTracker(1)
		l.add(epochLetters{tracker: gone, epoch: 1, rejected: []score.RejectedRow{{Topic: w.Topics[0], Offset: 0}}})
		l.add(epochLetters{tracker: stays, epoch: 1, rejected: []score.RejectedRow{{Topic: w.Topics[0], Offset: 7}}})
		synctest.Wait()
		l.forget(gone)
		topic.open.Store(true)
		pass(maxPause)
		if len(topic.written) != 1 || topic.written[fmt.Sprint(w.Topics[0], "/7")] == nil {
			t.Errorf("written: %v", topic.written)
		}
	})
}

// Records that are no longer there get letters without what they held.
func TestDeadLettersOfRecordsThatAreGone(t *testing.T) {
	rows := make([]score.RejectedRow, 5)
	for i := range rows {
		rows[i] = score.RejectedRow{Topic: "t", Offset: int64(10 * i), Reason: "empty"}
	}
	box := &postbox{}
	l := NewDeadLetterWriter(box, func(int32) Fetcher { return expired{first: 25, end: 45} }, zap.NewNop(), NewMetrics("test"))
	if err := l.writeBatch(t.Context(), []epochLetters{{tracker: newFlushTracker(3), rejected: rows}}); err != nil {
		t.Fatal(err)
	}
	var cuts []string
	for _, r := range rows {
		d := box.written[fmt.Sprint("t/", r.Offset)]
		if len(d) != 1 || d[0].Partition != 3 {
			t.Fatalf("offset %d: %+v", r.Offset, d)
		}
		cuts = append(cuts, d[0].Cut)
	}
	if want := []string{"gone", "gone", "gone", "", "gone"}; !slices.Equal(cuts, want) { // 40 is within, but was compacted away
		t.Errorf("cut %q, want %q", cuts, want)
	}
}

// expired is a partition of which only record 30 between first and end is left.
type expired struct{ first, end int64 }

func (e expired) Fetch(_ context.Context, topic string, from int64) (*source.Batch, error) {
	if from < e.first || from > e.end {
		return nil, &source.RangeError{Topic: topic, From: from, First: e.first, Last: e.end}
	}
	b := &source.Batch{Next: e.end, End: e.end}
	if from <= 30 {
		b.Records = append(b.Records, event.Record{Offset: 30, Value: []byte("x")})
	}
	return b, nil
}
