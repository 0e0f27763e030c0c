package forget

import (
	"context"
	"fmt"
	"time"

	"friction/pipeline/checkpoint"
	"friction/pipeline/source"
)

// Person says whom, with ids as stored in the tables: users, or an account, in one app or in all.
type Person struct {
	App     string
	Users   []string
	Account string
}

// Kafka is the cluster that a group works on.
type Kafka struct {
	k      *source.Cluster
	config source.Config
}

// Open prepares the connection.
func Open(c source.Config) (*Kafka, error) {
	k, err := source.ConnectTo(c)
	if err != nil {
		return nil, err
	}
	return &Kafka{k, c}, nil
}

// Close ends the connection.
func (k *Kafka) Close() { k.k.Close() }

// Tombstones are those that one call wrote, one for each task.
type Tombstones struct {
	k       *Kafka
	offsets []int64 // by task
	done    []bool
}

// EndSessions writes a tombstone to the log of every task of the group: what is open of a person is ended without rows
// before the task's next epoch. Nothing is written for a group that has no log.
func (k *Kafka) EndSessions(ctx context.Context, p Person) (*Tombstones, error) {
	n, err := k.k.CheckpointPartitions(ctx)
	if err != nil {
		return nil, err
	}
	t := &Tombstones{k: k, offsets: make([]int64, n), done: make([]bool, n)}
	for i := range t.offsets {
		log := k.k.CheckpointLog(int32(i))
		t.offsets[i], err = checkpoint.Forget(ctx, log, checkpoint.Tombstone{App: p.App, Users: p.Users, Account: p.Account})
		if err != nil {
			return nil, fmt.Errorf("task %d: %w", i, err)
		}
	}
	return t, nil
}

// Tasks is how many tasks the group has.
func (t *Tombstones) Tasks() int { return len(t.offsets) }

// Waiting is how many tasks have not yet applied theirs: nobody works on them, or nothing happens there.
func (t *Tombstones) Waiting(ctx context.Context) (n int, err error) {
	for i, offset := range t.offsets {
		if !t.done[i] {
			if t.done[i], err = checkpoint.Forgotten(ctx, t.k.k.CheckpointLog(int32(i)), offset); err != nil {
				return 0, err
			}
		}
		if !t.done[i] {
			n++
		}
	}
	return n, nil
}

// Remains is a topic that keeps records of a person.
type Remains struct {
	Topic string
	What  string        // of the person
	For   time.Duration // how long a record is kept, at least; 0 is without end
}

// Remains are the topics of the group that exist.
func (k *Kafka) Remains(ctx context.Context) ([]Remains, error) {
	var all []Remains
	c := k.config
	for _, t := range c.Topics {
		all = append(all, Remains{Topic: t, What: "the events themselves"})
	}
	all = append(all, Remains{Topic: c.CheckpointTopic(), What: "open sessions and rows as they were"})
	if c.DeadLetters.Enabled {
		all = append(all, Remains{Topic: c.DeadLetterTopic(), What: "records that could not be read"})
	}
	kept := all[:0]
	for _, r := range all {
		d, there, err := k.k.RetentionOf(ctx, r.Topic)
		if err != nil {
			return nil, err
		}
		if r.For = d; there {
			kept = append(kept, r)
		}
	}
	return kept, nil
}
