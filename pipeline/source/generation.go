package source

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
)

// Generation is one assignment of tasks to the members of the group.
type Generation struct {
	ID         int32
	Member     string
	Tasks      []int32 // partitions of every input topic that are ours, ascending
	Partitions int     // how many there are in all

	k *Cluster
}

// Check asks the coordinator whether the generation is still the group's: nil if
// it is, even while a new one is being formed, and ErrStale if it is not. Trouble
// that may pass is retried until ctx ends.
func (g Generation) Check(ctx context.Context) error {
	err := g.k.ask(ctx, "ask whether the generation is over", g.heartbeat)
	switch {
	case errors.Is(err, kafka.RebalanceInProgress):
		return nil
	case stale(err):
		return fmt.Errorf("member %s, generation %d: %w", g.Member, g.ID, ErrStale)
	}
	return err
}

// heartbeatMessage goes to the group's coordinator in version 0: the transport's
// own heartbeat reads the fields of later answers in the wrong order and misses
// their errors.
type heartbeatMessage struct{ directMessage }

// Group routes it.
func (m *heartbeatMessage) Group() string {
	r, _ := m.Message.(*heartbeat.Request)
	return r.GroupID
}

// RawExchange sends the message in version 0 and reads the answer.
func (m *heartbeatMessage) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	return protocol.RoundTrip(rw, 0, 1, m.client, m.Message)
}

// heartbeat says that the member is alive, and returns what the coordinator thinks
// of the generation.
func (g Generation) heartbeat(ctx context.Context) error {
	k := g.k
	m := &heartbeatMessage{directMessage{
		Message: &heartbeat.Request{GroupID: k.config.Group, GenerationID: g.ID, MemberID: g.Member}, client: k.config.ClientID,
	}}
	res, err := k.transport.RoundTrip(ctx, k.addr, m)
	if err != nil {
		return err
	}
	if r, ok := res.(*heartbeat.Response); ok {
		return codeError(r.ErrorCode)
	}
	return errForeignAnswer
}

// Commit is a position in one partition of a topic, as lag tools see it.
type Commit struct {
	Topic     string
	Partition int32
	Offset    int64  // of the next record to read
	Note      string // kept beside it, at most 4096 bytes on Kafka
}

// ErrStale says that a generation is no longer the group's. For a commit that is
// no harm: positions in the group are shown to lag tools and believed by nobody.
var ErrStale = errors.New("the generation is no longer the group's")

// Commit writes positions for lag tools, without trying again. A failure can be
// ignored.
func (k *Cluster) Commit(ctx context.Context, g Generation, commits []Commit) error {
	topics := map[string][]kafka.OffsetCommit{}
	for _, c := range commits {
		topics[c.Topic] = append(topics[c.Topic], kafka.OffsetCommit{Partition: int(c.Partition), Offset: c.Offset, Metadata: c.Note})
	}
	err := once(ctx, k.config.RequestTimeout, func(ctx context.Context) error {
		res, err := k.client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
			GroupID: k.config.Group, GenerationID: int(g.ID), MemberID: g.Member, Topics: topics,
		})
		if err != nil {
			return err
		}
		for _, parts := range res.Topics {
			for _, p := range parts {
				if p.Error != nil {
					return p.Error
				}
			}
		}
		return nil
	})
	if stale(err) {
		return fmt.Errorf("commit positions: %w", ErrStale)
	}
	if err != nil {
		return fmt.Errorf("commit positions: %w", err)
	}
	return nil
}

func stale(err error) bool {
	return errors.Is(err, kafka.IllegalGeneration) || errors.Is(err, kafka.UnknownMemberId) || errors.Is(err, kafka.RebalanceInProgress)
}

// Committed reads back what was committed for one partition of topics. Topics
// without a commit are left out.
func (k *Cluster) Committed(ctx context.Context, partition int32, topics []string) ([]Commit, error) {
	request := map[string][]int{}
	for _, t := range topics {
		request[t] = []int{int(partition)}
	}
	var found []Commit
	err := k.ask(ctx, "read committed positions", func(ctx context.Context) error {
		res, err := k.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: k.config.Group, Topics: request})
		if err != nil {
			return err
		}
		if res.Error != nil {
			return res.Error
		}
		found = found[:0]
		for _, t := range topics {
			for _, p := range res.Topics[t] {
				if p.Error != nil {
					return p.Error
				}
				if p.CommittedOffset >= 0 {
					found = append(found, Commit{t, partition, p.CommittedOffset, p.Metadata})
				}
			}
		}
		return nil
	})
	return found, err
}
