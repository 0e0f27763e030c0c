package worker

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/source"
)

// postbox is a dead-letter topic: letters by the record they name.
type postbox struct {
	mu      sync.Mutex
	letters map[string][]source.DeadLetter
}

func (p *postbox) WriteDeadLetters(_ context.Context, letters []source.DeadLetter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.letters == nil {
		p.letters = map[string][]source.DeadLetter{}
	}
	for _, d := range letters {
		d.Key, d.Value = bytes.Clone(d.Key), bytes.Clone(d.Value)
		key := fmt.Sprint(d.Topic, "/", d.Offset)
		p.letters[key] = append(p.letters[key], d)
	}
	return nil
}

// WriteDeadLetters of a life may be the last thing it does.
func (l *life) WriteDeadLetters(ctx context.Context, letters []source.DeadLetter) error {
	if err := l.step(); err != nil {
		return err
	}
	if err := l.letters.WriteDeadLetters(ctx, letters); err != nil {
		return err
	}
	return l.step()
}

// read reads the records of a world, and never dies: a life that reads again what it
// set aside would be too short for anything else.
func (w *world) read(int32) Fetcher {
	l := &life{world: w, batch: 5000}
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
			letters := w.letters.letters[fmt.Sprint(topic, "/", r.Offset)]
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
	open  chan struct{}
	tried chan struct{}
	once  sync.Once
}

func (c *closed) WriteDeadLetters(ctx context.Context, letters []source.DeadLetter) error {
	select {
	case <-c.open:
		return c.postbox.WriteDeadLetters(ctx, letters)
	default:
	}
	c.once.Do(func() { close(c.tried) })
	return fmt.Errorf("no right to write to the topic")
}

// While the dead-letter topic takes nothing, epochs do not count as flushed, it is
// said why, and a task with too many letters waiting has to wait; once it takes
// letters again, everything goes on by itself.
func TestLettersWaitForTheirTopic(t *testing.T) {
	w := shopWorld(t, 2)
	topic := &closed{open: make(chan struct{}), tried: make(chan struct{})}
	l := newLetters(topic, w.read, zap.NewNop(), NewMetrics("test"))
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	wg.Go(func() { l.run(ctx) })
	defer wg.Wait()
	defer stop()

	e, err := engine.New(engine.DefaultConfig(), w.Topics) // a task that waits for long shows where it stands
	if err != nil {
		t.Fatal(err)
	}
	k := &task{config: quick(), letters: l, maxLetters: 3, metrics: NewMetrics("test"), room: make(chan struct{}, 1), engine: e}
	var rows []score.RejectedRow
	for i := range 5 {
		rows = append(rows, score.RejectedRow{Topic: w.Topics[0], Offset: int64(7 * i), Reason: "malformed"})
	}
	k.debts.inserted(3)
	l.add(mail{task: k, n: 4, rejected: rows[:2]})
	l.add(mail{task: k, n: 5, rejected: rows[2:]})
	k.debts.inserted(6)
	if got := k.debts.flushed(); got != 3 {
		t.Errorf("flushed %d while letters of epoch 4 wait, want 3", got)
	}
	<-topic.tried
	held, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if k.waitForRoom(held) {
		t.Error("a task with 5 letters waiting may go on, its limit is 3")
	}
	deadline := time.Now().Add(time.Minute)
	for _, failure := l.state(); !strings.Contains(failure, "no right"); _, failure = l.state() {
		if time.Now().After(deadline) {
			t.Fatalf("nobody is told why letters wait: %q", failure)
		}
		time.Sleep(time.Millisecond)
	}
	close(topic.open)
	if !k.waitForRoom(t.Context()) {
		t.Fatal("the test ended")
	}
	for k.debts.flushed() != 6 {
		if time.Now().After(deadline) {
			t.Fatalf("flushed %d, want 6", k.debts.flushed())
		}
		time.Sleep(time.Millisecond)
	}
	if waiting, failure := l.state(); waiting != 0 || failure != "" {
		t.Errorf("%d letters wait, %q", waiting, failure)
	}
	for _, r := range rows {
		d := topic.letters[fmt.Sprint(r.Topic, "/", r.Offset)]
		if len(d) != 1 || !bytes.Equal(d[0].Value, w.Records[r.Topic][r.Offset].Value) {
			t.Errorf("offset %d: letters %+v", r.Offset, d)
		}
	}
}

// Records that are no longer there get letters without what they held.
func TestLettersOfRecordsThatAreGone(t *testing.T) {
	rows := make([]score.RejectedRow, 5)
	for i := range rows {
		rows[i] = score.RejectedRow{Topic: "t", Offset: int64(10 * i), Reason: "empty"}
	}
	box := &postbox{}
	l := newLetters(box, func(int32) Fetcher { return expired{first: 25, end: 45} }, zap.NewNop(), NewMetrics("test"))
	k := &task{partition: 3}
	if err := l.deliver(t.Context(), []mail{{task: k, rejected: rows}}); err != nil {
		t.Fatal(err)
	}
	var cuts []string
	for _, r := range rows {
		d := box.letters[fmt.Sprint("t/", r.Offset)]
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
