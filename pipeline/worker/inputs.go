package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"friction/pipeline/checkpoint"
	"friction/pipeline/engine"
)

// inputs are the topics of a task, in the order of their indexes in records.
type inputs struct {
	list    []*input
	wake    chan struct{} // signalled when a batch has come
	fetched *share        // memory of batches; nil has no limit
}

func newInputs(topics []string) *inputs {
	ins := &inputs{wake: make(chan struct{}, 1)}
	for i, topic := range topics {
		ins.list = append(ins.list, &input{topic: topic, index: uint8(i), counted: -1})
	}
	return ins
}

// prefetch begins to fetch all topics. stop ends it and waits until it has ended.
func (ins *inputs) prefetch(ctx context.Context, f Fetcher) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var fetchers sync.WaitGroup
	ins.fetched.set(0) // batches of before were dropped
	for _, in := range ins.list {
		in.begin(ins.fetched)
		next := in.next
		fetchers.Go(func() { in.prefetch(ctx, f, next, ins.wake) })
	}
	return func() {
		cancel()
		fetchers.Wait()
	}
}

// moved reports that the position of a topic has moved in this epoch.
func (ins *inputs) moved() bool {
	for _, in := range ins.list {
		if in.next != in.from {
			return true
		}
	}
	return false
}

// beginEpoch makes the present positions those where the next epoch begins.
func (ins *inputs) beginEpoch() {
	for _, in := range ins.list {
		in.from = in.next
	}
}

// idle says which topics are idle, and whether all are.
func (ins *inputs) idle(now time.Time, c *Config) (idle []bool, all bool) {
	idle, all = make([]bool, len(ins.list)), true
	for i, in := range ins.list {
		idle[i] = in.idle(now, c)
		all = all && idle[i]
	}
	return idle, all
}

// positions are what the log keeps of an epoch.
func (ins *inputs) positions(e *engine.Engine) []checkpoint.Position {
	positions := make([]checkpoint.Position, len(ins.list))
	for i, in := range ins.list {
		positions[i] = checkpoint.Position{
			Topic: in.topic, From: in.from, To: in.next, End: in.end, TopicTime: e.TopicTime(i), Fingerprint: in.print,
		}
	}
	return positions
}

// compare checks that the input topics are those in the log: state knows topics by their place in the sorted list.
func (ins *inputs) compare(positions []checkpoint.Position) error {
	var was, now []string
	for _, p := range positions {
		was = append(was, p.Topic)
	}
	for _, in := range ins.list {
		now = append(now, in.topic)
	}
	if slices.Equal(was, now) {
		return nil
	}
	return fmt.Errorf("kafka.topics is %s now, and the group's state was made from %s: set it back, or start over with a new run (--run NAME), "+
		"whose rows stand beside the old ones", strings.Join(now, ", "), strings.Join(was, ", "))
}

// restore sets the positions from which the topics are read on.
func (ins *inputs) restore(positions []checkpoint.Position) error {
	if err := ins.compare(positions); err != nil {
		return err
	}
	for i, p := range positions {
		in := ins.list[i]
		in.next, in.from, in.end, in.print = p.To, p.To, p.End, p.Fingerprint
	}
	return nil
}

// start sets the positions of a task that has read nothing yet.
func (ins *inputs) start(first func(topic string) (int64, error)) (err error) {
	for _, in := range ins.list {
		if in.next, err = first(in.topic); err != nil {
			return err
		}
		in.from = in.next
	}
	return nil
}

// release gives the memory of all batches back.
func (ins *inputs) release() {
	for _, in := range ins.list {
		in.release()
	}
}
