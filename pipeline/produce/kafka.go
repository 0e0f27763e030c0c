package produce

import (
	"context"

	"friction/pipeline/source"
)

// ToKafka is Produce into a Kafka cluster.
func ToKafka(ctx context.Context, k source.Config, o Options) (*Produced, error) {
	c, err := source.ConnectTo(k)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	p, err := c.NewProducer(ctx, source.ProducerOptions{Compression: "lz4"})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return Produce(ctx, p, o)
}
