package produce

import (
	"context"
	"fmt"
	"slices"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/simulate"
	"friction/pipeline/source"
)

// SendShop sends a shop's records to Kafka: what has arrived since it opened at
// once, the rest when it arrives, until ctx ends. progress is told of the records
// sent, every now and then.
func SendShop(ctx context.Context, kafka source.Config, shop *simulate.Shop, progress func(sent uint64)) error {
	for _, topic := range []string{simulate.Clickstream, simulate.Telemetry} {
		if !slices.Contains(kafka.Topics, topic) {
			return fmt.Errorf("the shop sends to topic %s, which is not among kafka.topics %v", topic, kafka.Topics)
		}
	}
	cluster, err := source.ConnectTo(kafka)
	if err != nil {
		return err
	}
	defer cluster.Close()
	producer, err := cluster.NewProducer(ctx, source.ProducerOptions{Compression: "lz4"})
	if err != nil {
		return err
	}
	defer producer.Close()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var sent uint64
	for {
		now := time.Now()
		for r, ok := shop.Next(now); ok; r, ok = shop.Next(now) {
			if err := producer.Send(ctx, r.Topic, []byte(r.Key), r.Value, event.Millis(r.Deliver.UnixMilli())); err != nil {
				return ended(ctx, fmt.Errorf("send traffic: %w", err))
			}
			sent++
		}
		progress(sent)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return producer.Flush(context.WithoutCancel(ctx))
		}
	}
}

// ended is nil when an error only says that ctx has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}
