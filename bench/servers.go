package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"

	"friction/pipeline/embedded"
	"friction/pipeline/event"
	"friction/pipeline/loadgen"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// The load.
const (
	seed       = 1
	partitions = 8
)

// servers are the servers of the measurements.
type servers struct {
	kafka      *embedded.KafkaProcess
	clickhouse *embedded.ClickHouse // nil until it is needed
	dir        string               // of ClickHouse
	counts     loadgen.Counts
	bytes      int64 // of all values
	runs       int
	errs       io.Writer
}

func startServers(ctx context.Context, errs io.Writer) (*servers, error) {
	dir, err := os.MkdirTemp("", "friction-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for ClickHouse: %w", err)
	}
	s := &servers{dir: dir, errs: errs}
	s.kafka, err = embedded.StartKafkaProcess(ctx, embedded.KafkaOptions{Addr: "127.0.0.1:0"}, embedded.ProcessOptions{Output: errs})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// stop ends what was started.
func (s *servers) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := s.kafka.Stop(ctx)
	if s.clickhouse != nil {
		err = errors.Join(err, s.clickhouse.Stop(ctx))
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// fill makes the topics and writes the load into them.
func (s *servers) fill(ctx context.Context, events int, span time.Duration) error {
	load, err := loadgen.New(loadgen.Options{Seed: seed, Events: events, Span: span})
	if err != nil {
		return err
	}
	if err := s.createTopics(topics()); err != nil { //nolint:contextcheck // topics are made at once
		return err
	}
	p, stop, err := s.producer(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for r := range load.Records() {
		s.bytes += int64(len(r.Value))
		if err := p.Send(ctx, r.Topic, []byte(r.Key), r.Value, event.Millis(r.Deliver.UnixMilli())); err != nil {
			return err
		}
	}
	s.counts = load.Counts()
	return p.Flush(ctx)
}

func (s *servers) createTopics(names []string) error {
	for _, name := range names {
		if err := s.kafka.CreateTopic(name, partitions, nil); err != nil {
			return err
		}
	}
	return nil
}

// producer writes to the broker; stop it when done.
func (s *servers) producer(ctx context.Context) (p *source.Producer, stop func(), err error) {
	c := source.DefaultConfig()
	c.Brokers = []string{s.kafka.Addr()}
	k, err := source.ConnectTo(c)
	if err != nil {
		return nil, nil, err
	}
	if p, err = k.NewProducer(ctx, source.ProducerOptions{}); err != nil {
		k.Close()
		return nil, nil, err
	}
	return p, func() { p.Close(); k.Close() }, nil
}

// task is a new run of a measurement over the load.
func (s *servers) task(name string) task {
	s.runs++
	return task{
		Name: name, Brokers: []string{s.kafka.Addr()}, Topics: topics(), Group: fmt.Sprintf("bench-%d", s.runs),
		Counts: s.counts, Partitions: partitions, PIDs: map[string]int{"kafka": s.kafka.PID()},
	}
}

// forget removes what a run has left in Kafka and ClickHouse.
func (s *servers) forget(ctx context.Context, t *task) error {
	c := t.kafka()
	client := &kafka.Client{Addr: kafka.TCP(t.Brokers...), Timeout: 10 * time.Second}
	if _, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{c.CheckpointTopic()}}); err != nil {
		return fmt.Errorf("delete topic %s: %w", c.CheckpointTopic(), err)
	}
	if t.Database == "" {
		return nil
	}
	_, err := s.query(ctx, "DROP DATABASE "+t.Database)
	return err
}

// withTables adds a new database to a task, and ClickHouse when it does not run yet.
func (s *servers) withTables(ctx context.Context, t *task) error {
	if s.clickhouse == nil {
		tell := func(text string) { fmt.Fprintln(s.errs, text) }
		var err error
		s.clickhouse, err = embedded.StartClickHouse(ctx, embedded.Options{
			Dir: s.dir, Addr: "127.0.0.1:0", Library: embedded.LibraryOptions{Progress: tell}, Output: s.errs,
		})
		if err != nil {
			return err
		}
	}
	t.ClickHouse, t.Database = s.clickhouse.URL(), fmt.Sprintf("bench_%d", s.runs)
	t.PIDs["clickhouse"] = s.clickhouse.PID()
	c := sink.DefaultConfig()
	c.DSN, c.Database = t.ClickHouse, t.Database
	db, err := sink.Open(c, zap.NewNop(), sink.Observer{})
	if err != nil {
		return err
	}
	_, err = db.Migrator().Up(ctx)
	return errors.Join(err, db.Close())
}

// query returns the fields of the rows of an answer.
func (s *servers) query(ctx context.Context, sql string) ([][]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.clickhouse.URL()+"/", strings.NewReader(sql))
	if err != nil {
		return nil, fmt.Errorf("ask ClickHouse: %w", err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask ClickHouse: %w", err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask ClickHouse %q: %s %w", sql, b, err)
	}
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows, nil
}
