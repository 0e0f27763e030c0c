package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"friction/pipeline/kafkawire"
)

// directMessage goes to any broker as it is: the transport neither answers it
// from its cache nor looks for a coordinator first.
type directMessage struct {
	protocol.Message
	client  string
	version int16
}

// Required takes the version that was negotiated and asks for RawExchange.
func (m *directMessage) Required(versions map[protocol.ApiKey]int16) bool {
	m.version = versions[m.ApiKey()]
	return true
}

// directAnswer keeps the transport from taking an answer for one to a question
// of its own.
type directAnswer struct{ protocol.Message }

// RawExchange sends the message and reads the answer.
func (m *directMessage) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	res, err := protocol.RoundTrip(rw, m.version, 1, m.client, m.Message)
	if err != nil {
		return nil, err
	}
	return directAnswer{res}, nil
}

// direct sends a message to any broker and returns the answer.
func (k *Cluster) direct(ctx context.Context, m protocol.Message) (protocol.Message, error) {
	return k.exchange(ctx, &directMessage{Message: m, client: k.config.ClientID})
}

// exchange sends a direct message of any kind and returns the answer.
func (k *Cluster) exchange(ctx context.Context, m protocol.Message) (protocol.Message, error) {
	res, err := k.transport.RoundTrip(ctx, k.addr, m)
	if err != nil {
		return nil, err
	}
	answer, ok := res.(directAnswer)
	if !ok {
		return nil, errForeignAnswer
	}
	return answer.Message, nil
}

var errForeignAnswer = errors.New("broker answered another question")

// metadata asks a broker what it knows of topics now.
func (k *Cluster) metadata(ctx context.Context, topics []string) (*metadata.Response, error) {
	res, err := k.direct(ctx, &metadata.Request{TopicNames: topics})
	if err != nil {
		return nil, err
	}
	if r, ok := res.(*metadata.Response); ok {
		return r, nil
	}
	return nil, errForeignAnswer
}

// createMessage goes to the controller. The transport's own request would then wait
// for the topic to appear in what it caches, and for ever if that is not asked for.
type createMessage struct{ directMessage }

// Broker routes it.
func (m *createMessage) Broker(c protocol.Cluster) (protocol.Broker, error) {
	return c.Brokers[c.Controller], nil
}

// create asks for a topic.
func (k *Cluster) create(ctx context.Context, t Topic) error {
	topic := createtopics.RequestTopic{Name: t.Name, NumPartitions: int32(t.Partitions), ReplicationFactor: int16(t.Replication)}
	for _, name := range slices.Sorted(maps.Keys(t.Settings)) {
		topic.Configs = append(topic.Configs, createtopics.RequestConfig{Name: name, Value: t.Settings[name]})
	}
	m := &createMessage{directMessage{
		Message: &createtopics.Request{Topics: []createtopics.RequestTopic{topic}, TimeoutMs: int32(k.config.RequestTimeout.Milliseconds())},
		client:  k.config.ClientID,
	}}
	res, err := k.exchange(ctx, m)
	if err != nil {
		return err
	}
	r, ok := res.(*createtopics.Response)
	if !ok || len(r.Topics) != 1 {
		return errForeignAnswer
	}
	err = codeError(r.Topics[0].ErrorCode)
	if err != nil && r.Topics[0].ErrorMessage != "" {
		err = fmt.Errorf("%w: %s", err, r.Topics[0].ErrorMessage)
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

// heartbeat says that a member is alive, and returns what the coordinator thinks
// of its generation.
func (k *Cluster) heartbeat(ctx context.Context, generation int32, member string) error {
	m := &heartbeatMessage{directMessage{
		Message: &heartbeat.Request{GroupID: k.config.Group, GenerationID: generation, MemberID: member}, client: k.config.ClientID,
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

// producerIdentity asks for a producer id, which lets brokers drop batches that
// they already have.
func (k *Cluster) producerIdentity(ctx context.Context) (kafkawire.Identity, error) {
	m := &initproducerid.Request{TransactionTimeoutMs: 1000, ProducerID: -1, ProducerEpoch: -1}
	var id kafkawire.Identity
	err := k.ask(ctx, "ask for a producer id", func(ctx context.Context) error {
		res, err := k.direct(ctx, m)
		if err != nil {
			return err
		}
		r, ok := res.(*initproducerid.Response)
		if !ok {
			return errForeignAnswer
		}
		if err := codeError(r.ErrorCode); err != nil {
			return fmt.Errorf("make an idempotent producer: %w", err)
		}
		id = kafkawire.Identity{Producer: r.ProducerID, Epoch: r.ProducerEpoch}
		return nil
	})
	return id, err
}
