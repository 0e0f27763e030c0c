package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"friction/pipeline/kafkawire"
)

// Cluster is the connection to Kafka that everything else in this package goes
// through. It is safe for concurrent use.
type Cluster struct {
	config    Config
	addr      net.Addr
	transport *kafka.Transport
	client    *kafka.Client
	dialer    *kafka.Dialer
	batches   kafkawire.Pool
	retried   atomic.Pointer[func(what string, err error)]
}

// Connect checks the configuration and prepares the connection for its topics and
// others. It does not wait for a broker: what goes wrong there shows in the first
// request.
func Connect(c Config, others ...string) (*Cluster, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return connect(c, slices.Concat([]string{c.CheckpointTopic(), c.DeadLetterTopic()}, c.Topics, others))
}

// ConnectTo is Connect for tools that have no group and any topics.
func ConnectTo(c Config) (*Cluster, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("kafka.brokers: none given")
	}
	return connect(c, nil)
}

func connect(c Config, topics []string) (*Cluster, error) {
	encrypted, err := c.TLS.config()
	if err != nil {
		return nil, err
	}
	if err := c.SASL.validate(); err != nil {
		return nil, err
	}
	dial := (&net.Dialer{Timeout: c.RequestTimeout, KeepAlive: 30 * time.Second}).DialContext
	k := &Cluster{
		config: c,
		addr:   kafka.TCP(c.Brokers...),
		transport: &kafka.Transport{
			Dial: dial, DialTimeout: c.RequestTimeout, MetadataTTL: c.MetadataEvery, MetadataTopics: topics,
			ClientID: c.ClientID, TLS: encrypted, SASL: c.SASL.mechanism(),
		},
		dialer: &kafka.Dialer{
			ClientID: c.ClientID, Timeout: c.RequestTimeout, DualStack: true, KeepAlive: 30 * time.Second,
			TLS: encrypted, SASLMechanism: c.SASL.mechanism(),
		},
	}
	k.client = &kafka.Client{Addr: k.addr, Transport: k.transport, Timeout: c.RequestTimeout}
	return k, nil
}

// OnRetry sets what is told of every failure that is tried again. It must return
// quickly and may be called from any goroutine.
func (k *Cluster) OnRetry(tell func(what string, err error)) { k.retried.Store(&tell) }

// Close ends all connections. Nothing else may be running.
func (k *Cluster) Close() { k.transport.CloseIdleConnections() }

// retry runs do until it succeeds, fails for good, or ctx ends.
func (k *Cluster) retry(ctx context.Context, what string, do func(context.Context) error) error {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := k.once(ctx, k.config.RequestTimeout, do)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
		if !passing(err) {
			return fmt.Errorf("%s: %w", what, err)
		}
		if err := k.pause(ctx, what, pause, err); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// once gives do a deadline of its own.
func (k *Cluster) once(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return do(ctx)
}

// pause tells of a failure and waits.
func (k *Cluster) pause(ctx context.Context, what string, d time.Duration, err error) error {
	if tell := k.retried.Load(); tell != nil {
		(*tell)(what, err)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// passing reports a failure that may be gone at the next attempt: everything but
// what a broker refuses for good, what its certificate shows, and a broker that is
// too old.
func passing(err error) bool {
	if code, ok := errors.AsType[kafka.Error](err); ok {
		return code.Temporary() || code.Timeout() || code == kafka.BrokerNotAvailable || code == kafka.ReplicaNotAvailable || code == kafka.Unknown
	}
	var foreign *tls.CertificateVerificationError
	return !errors.As(err, &foreign) && !errors.Is(err, kafkawire.ErrOldBroker)
}

// unknownTopic reports that the cluster does not know the topic or partition.
func unknownTopic(err error) bool {
	return errors.Is(err, kafka.UnknownTopicOrPartition) || errors.Is(err, protocol.ErrNoTopic) || errors.Is(err, protocol.ErrNoPartition)
}

// codeError is nil for code 0.
func codeError(code int16) error {
	if code == 0 {
		return nil
	}
	return kafka.Error(code)
}
