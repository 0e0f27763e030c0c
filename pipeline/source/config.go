package source

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"friction/pipeline/kafkawire"
)

// Config is the section `kafka` of the configuration.
type Config struct {
	// Brokers are the host:port of some brokers; the others are found through them.
	Brokers []string `yaml:"brokers"`
	// Topics are the input topics. All have the same number of partitions and are keyed by user.
	Topics []string `yaml:"topics"`
	// Group is the consumer group; its name is part of the checkpoint topic's and of every row of progress.
	Group string `yaml:"group"`
	// Start is where a task begins that has no checkpoint: earliest or latest.
	Start Start `yaml:"start" jsonschema:"enum=earliest,enum=latest"`
	// ClientID is the name brokers show for the connections.
	ClientID string `yaml:"client_id"`
	// TLS encrypts connections.
	TLS TLS `yaml:"tls"`
	// SASL authenticates.
	SASL SASL `yaml:"sasl"`
	// Fetch sizes requests for records.
	Fetch Fetch `yaml:"fetch"`
	// Membership sets the time limits of the consumer group.
	Membership Membership `yaml:"membership"`
	// Checkpoints describes the topic of the checkpoint logs.
	Checkpoints Checkpoints `yaml:"checkpoints"`
	// DeadLetters describes the topic that gets every rejected record.
	DeadLetters DeadLetters `yaml:"dead_letters"`
	// RequestTimeout is how long a broker may take to answer, long polls not counted.
	RequestTimeout time.Duration `yaml:"request_timeout"`
	// MetadataEvery is how old the knowledge of topics and leaders may become.
	MetadataEvery time.Duration `yaml:"metadata_every"`
	// DoubtTime is how long brokers must go on saying that a topic is unknown, or ends before what was read, until it is believed: they say so for a moment while leaders move.
	DoubtTime time.Duration `yaml:"doubt_time"`
}

// Start says where reading begins.
type Start string

// Where to begin.
const (
	Earliest Start = "earliest"
	Latest   Start = "latest"
)

// Fetch is the section `kafka.fetch`.
type Fetch struct {
	// MaxBytes is how much one request asks for.
	MaxBytes int `yaml:"max_bytes"`
	// MaxWait is how long a broker may hold a request back when there is nothing to read.
	MaxWait time.Duration `yaml:"max_wait"`
	// MinBytes is how much must be there for a broker to answer before MaxWait.
	MinBytes int `yaml:"min_bytes"`
	// MaxBatchBytes is the most memory one batch may take, as it comes and decompressed. Records of a larger one are known by their size only.
	MaxBatchBytes int `yaml:"max_batch_bytes"`
}

// Membership is the section `kafka.membership`.
type Membership struct {
	// SessionTimeout is how long a member may be silent before its tasks go to others.
	SessionTimeout time.Duration `yaml:"session_timeout"`
	// HeartbeatEvery is how often a member sends a heartbeat; at most half of session_timeout.
	HeartbeatEvery time.Duration `yaml:"heartbeat_every"`
	// RebalanceTimeout is how long members may take to stop their tasks when tasks move.
	RebalanceTimeout time.Duration `yaml:"rebalance_timeout"`
	// RejoinAfter is the pause after a failure to join.
	RejoinAfter time.Duration `yaml:"rejoin_after"`
}

// Checkpoints is the section `kafka.checkpoints`.
type Checkpoints struct {
	// Topic is the topic's name; empty means the group's with `.checkpoints` behind it.
	Topic string `yaml:"topic"`
	// Replication is the number of replicas when the topic is made; -1 takes the broker's default.
	Replication int `yaml:"replication"`
	// Retention is how long the topic keeps records when it is made; at least that of the inputs.
	Retention time.Duration `yaml:"retention"`
	// Compression of the log's records: none, gzip, snappy, lz4 or zstd.
	Compression string `yaml:"compression" jsonschema:"enum=none,enum=gzip,enum=snappy,enum=lz4,enum=zstd"`
	// AppendTimeout is how long replicas may take to confirm an append; 10s at least.
	AppendTimeout time.Duration `yaml:"append_timeout"`
}

// DeadLetters is the section `kafka.dead_letters`.
type DeadLetters struct {
	// Enabled writes every rejected record to a topic as it came, with headers dlq_* that say why and where from.
	Enabled bool `yaml:"enabled"`
	// Topic is the topic's name; empty means the group's with `.dead_letters` behind it. It is made when it is missing.
	Topic string `yaml:"topic"`
	// Replication is the number of replicas when the topic is made; -1 takes the broker's default.
	Replication int `yaml:"replication"`
	// Retention is how long the topic keeps records when it is made.
	Retention time.Duration `yaml:"retention"`
	// MaxBytes is the most that is kept of one record's key, value and headers; the rest is cut off and a header says so.
	MaxBytes int `yaml:"max_bytes"`
	// Content is what is kept of a record: keep (as it came), encrypt (readable with the key of input.pseudonymise only) or drop (nothing); empty means encrypt where pseudonyms are on, else keep.
	Content string `yaml:"content" jsonschema:"enum=,enum=keep,enum=encrypt,enum=drop"`
	// Secret is the key of the pseudonyms, filled in by the program and never written.
	Secret Secret `yaml:"-" json:"-"`
	// MaxWaiting is how many dead letters of one task may wait while the topic cannot be written; then the task stops reading.
	MaxWaiting int `yaml:"max_waiting"`
}

// DefaultConfig returns the defaults. Topics must be set.
func DefaultConfig() Config {
	return Config{
		Brokers:  []string{"127.0.0.1:9092"},
		Group:    "friction",
		Start:    Earliest,
		ClientID: "friction",
		Fetch:    Fetch{MaxBytes: 1 << 20, MaxWait: 500 * time.Millisecond, MinBytes: 1, MaxBatchBytes: 64 << 20},
		Membership: Membership{
			SessionTimeout: 10 * time.Second, HeartbeatEvery: 3 * time.Second, RebalanceTimeout: 30 * time.Second, RejoinAfter: time.Second,
		},
		Checkpoints:    Checkpoints{Replication: -1, Retention: 7 * 24 * time.Hour, Compression: "snappy", AppendTimeout: 15 * time.Second},
		DeadLetters:    DeadLetters{Enabled: true, Replication: -1, Retention: 14 * 24 * time.Hour, MaxBytes: 900_000, MaxWaiting: 100_000},
		RequestTimeout: 10 * time.Second,
		MetadataEvery:  2 * time.Second,
		DoubtTime:      45 * time.Second, // replicas that do not follow are in sync for 30s
	}
}

// CheckpointTopic is the name of the checkpoint topic.
func (c *Config) CheckpointTopic() string {
	return cmp.Or(c.Checkpoints.Topic, c.Group+".checkpoints")
}

// DeadLetterTopic is the name of the dead-letter topic.
func (c *Config) DeadLetterTopic() string {
	return cmp.Or(c.DeadLetters.Topic, c.Group+".dead_letters")
}

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	for i, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			return fmt.Errorf("kafka.brokers[%d]: %q is not host:port", i, b)
		}
	}
	for i, t := range c.Topics {
		if t == "" || slices.Index(c.Topics, t) != i {
			return fmt.Errorf("kafka.topics[%d]: %q is empty or named twice", i, t)
		}
	}
	const maxTopics = 255
	switch {
	case len(c.Brokers) == 0:
		return errors.New("kafka.brokers: none given")
	case len(c.Topics) == 0 || len(c.Topics) > maxTopics:
		return fmt.Errorf("kafka.topics: %d given, want 1 to %d", len(c.Topics), maxTopics)
	case c.Group == "":
		return errors.New("kafka.group: missing")
	case slices.Contains(c.Topics, c.CheckpointTopic()):
		return fmt.Errorf("kafka.topics: %q is the checkpoint topic", c.CheckpointTopic())
	case c.DeadLetters.Enabled && (slices.Contains(c.Topics, c.DeadLetterTopic()) || c.DeadLetterTopic() == c.CheckpointTopic()):
		return fmt.Errorf("kafka.dead_letters.topic: %q is an input or the checkpoint topic", c.DeadLetterTopic())
	case c.Start != Earliest && c.Start != Latest:
		return fmt.Errorf("kafka.start: %q is neither earliest nor latest", c.Start)
	}
	for _, check := range []func() error{c.TLS.validate, c.SASL.validate, c.Fetch.validate, c.Membership.validate, c.Checkpoints.validate, c.DeadLetters.validate} {
		if err := check(); err != nil {
			return err
		}
	}
	for key, d := range map[string]time.Duration{"request_timeout": c.RequestTimeout, "metadata_every": c.MetadataEvery, "doubt_time": c.DoubtTime} {
		if d < 100*time.Millisecond {
			return fmt.Errorf("kafka.%s: %v is not at least 100ms", key, d)
		}
	}
	return nil
}

func (f Fetch) validate() error {
	switch {
	case f.MaxBytes < 1<<10 || f.MaxBytes > 1<<30:
		return fmt.Errorf("kafka.fetch.max_bytes: %d is not between 1 KiB and 1 GiB", f.MaxBytes)
	case f.MinBytes < 1 || f.MinBytes > f.MaxBytes:
		return fmt.Errorf("kafka.fetch.min_bytes: %d is not between 1 and max_bytes", f.MinBytes)
	case f.MaxBatchBytes < f.MaxBytes || f.MaxBatchBytes > 1<<30:
		return fmt.Errorf("kafka.fetch.max_batch_bytes: %d is not between max_bytes and 1 GiB", f.MaxBatchBytes)
	case f.MaxWait < time.Millisecond || f.MaxWait > time.Minute:
		return fmt.Errorf("kafka.fetch.max_wait: %v is not between 1ms and 1m", f.MaxWait)
	}
	return nil
}

func (m Membership) validate() error {
	switch {
	case m.SessionTimeout < 100*time.Millisecond:
		return fmt.Errorf("kafka.membership.session_timeout: %v is too short", m.SessionTimeout)
	case m.HeartbeatEvery < time.Millisecond || m.HeartbeatEvery > m.SessionTimeout/2:
		return fmt.Errorf("kafka.membership.heartbeat_every: %v is not between 1ms and half of session_timeout", m.HeartbeatEvery)
	case m.RebalanceTimeout < m.SessionTimeout/2:
		return fmt.Errorf("kafka.membership.rebalance_timeout: %v is shorter than half of session_timeout", m.RebalanceTimeout)
	case m.RejoinAfter < time.Millisecond:
		return fmt.Errorf("kafka.membership.rejoin_after: %v is not positive", m.RejoinAfter)
	}
	return nil
}

func (c Checkpoints) validate() error {
	if _, err := kafkawire.CodecOf(c.Compression); err != nil {
		return fmt.Errorf("kafka.checkpoints.compression: %w", err)
	}
	switch {
	case c.Replication == 0 || c.Replication < -1:
		return fmt.Errorf("kafka.checkpoints.replication: %d is neither positive nor -1", c.Replication)
	case c.Retention < time.Hour:
		return fmt.Errorf("kafka.checkpoints.retention: %v is not at least 1h", c.Retention)
	case c.AppendTimeout < 10*time.Second:
		return fmt.Errorf("kafka.checkpoints.append_timeout: %v is not at least 10s", c.AppendTimeout)
	}
	return nil
}

// maxDeadLetterBytes is the most of a record that fits into a batch, our headers
// beside it.
const maxDeadLetterBytes = 950_000

func (d DeadLetters) validate() error {
	switch {
	case d.Replication == 0 || d.Replication < -1:
		return fmt.Errorf("kafka.dead_letters.replication: %d is neither positive nor -1", d.Replication)
	case d.Retention < time.Hour:
		return fmt.Errorf("kafka.dead_letters.retention: %v is not at least 1h", d.Retention)
	case d.MaxBytes < 1<<10 || d.MaxBytes > maxDeadLetterBytes:
		return fmt.Errorf("kafka.dead_letters.max_bytes: %d is not between 1024 and %d", d.MaxBytes, maxDeadLetterBytes)
	case !slices.Contains([]string{"", KeepContent, EncryptContent, DropContent}, d.Content):
		return fmt.Errorf("kafka.dead_letters.content: %q is not keep, encrypt or drop", d.Content)
	case d.MaxWaiting < 1:
		return fmt.Errorf("kafka.dead_letters.max_waiting: %d is not positive", d.MaxWaiting)
	}
	return nil
}
