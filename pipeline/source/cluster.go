package source

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

	"friction/pipeline/kafkawire"
)

// Cluster is the connection to Kafka that everything else in this package goes
// through. It is safe for concurrent use.
type Cluster struct {
	config    Config
	name      string // for messages: Kafka and its addresses
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

// connect prepares connections that know these topics from the start.
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
		name:   "Kafka at " + strings.Join(c.Brokers, ","),
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

// Close ends all connections. Nothing else may be running.
func (k *Cluster) Close() { k.transport.CloseIdleConnections() }
