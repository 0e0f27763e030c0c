package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/valyala/fastjson"
	"golang.org/x/sync/errgroup"
)

// fetchAndParse is the least that any consumer does that is made of these two
// libraries: every record is fetched and its value parsed.
func fetchAndParse(ctx context.Context, t *task, w *watch) (int, error) {
	client := &kafka.Client{Addr: kafka.TCP(t.Brokers...), Transport: &kafka.Transport{MetadataTopics: t.Topics}}
	var records atomic.Int64
	w.start()
	group, ctx := errgroup.WithContext(ctx)
	for p := range t.Partitions {
		group.Go(func() error {
			for _, topic := range t.Topics {
				n, err := parsePartition(ctx, client, topic, p)
				if err != nil {
					return err
				}
				records.Add(int64(n))
			}
			return nil
		})
	}
	err := group.Wait()
	w.stop()
	if err == nil && records.Load() != int64(t.Counts.Events) {
		err = fmt.Errorf("%d records were read, %d written", records.Load(), t.Counts.Events)
	}
	return int(records.Load()), err
}

// parsePartition reads one partition to its end.
func parsePartition(ctx context.Context, client *kafka.Client, topic string, partition int) (records int, err error) {
	var parser fastjson.Parser
	var value []byte
	for offset, end := int64(0), int64(1); offset < end; {
		res, err := client.Fetch(ctx, &kafka.FetchRequest{
			Topic: topic, Partition: partition, Offset: offset, MinBytes: 1, MaxBytes: 2 << 20, MaxWait: 500 * time.Millisecond,
		})
		if err == nil {
			err = res.Error
		}
		if err != nil {
			return records, fmt.Errorf("read topic %s, partition %d: %w", topic, partition, err)
		}
		for end = res.HighWatermark; ; records++ {
			r, err := res.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return records, fmt.Errorf("read topic %s, partition %d: %w", topic, partition, err)
			}
			offset = r.Offset + 1
			if value, err = readAll(value, r.Value); err != nil {
				return records, err
			}
			if r.Key != nil {
				r.Key.Close()
			}
			if _, err := parser.ParseBytes(value); err != nil {
				return records, fmt.Errorf("parse a record of topic %s, partition %d: %w", topic, partition, err)
			}
		}
	}
	return records, nil
}

func readAll(into []byte, from kafka.Bytes) ([]byte, error) {
	n := from.Len()
	if cap(into) < n {
		into = make([]byte, 2*n)
	}
	into = into[:n]
	_, err := io.ReadFull(from, into)
	from.Close()
	return into, err
}
