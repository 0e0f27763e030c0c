package embedded_test

import (
	"context"
	"testing"

	"github.com/segmentio/kafka-go"

	"friction/pipeline/embedded"
)

func TestKafkaFirst(t *testing.T) {
	k, err := embedded.StartKafka(embedded.KafkaOptions{Addr: "127.0.0.1:0", Dir: t.TempDir(), Topics: map[string]int{"a": 2}})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	w := &kafka.Writer{Addr: kafka.TCP(k.Addr()), Topic: "a", Balancer: kafka.Murmur2Balancer{}, BatchTimeout: 1}
	defer w.Close()
	if err := w.WriteMessages(context.Background(), kafka.Message{Key: []byte("k"), Value: []byte("v")}); err != nil {
		t.Fatal(err)
	}
}
