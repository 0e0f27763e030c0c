package embedded_test

import (
	"context"
	"fmt"

	"friction/pipeline/embedded"
)

// A program that starts itself as a server calls MaybeRunChild before anything else; a test does so in TestMain.
func ExampleStartClickHouse() {
	embedded.MaybeRunChild()

	ctx := context.Background()
	server, err := embedded.StartClickHouse(ctx, embedded.Options{
		Dir:     "friction-data/clickhouse",
		Addr:    "127.0.0.1:0",
		Library: embedded.LibraryOptions{Progress: func(text string) { fmt.Println(text) }},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = server.Stop(ctx) }()
	fmt.Println("clickhouse-go connects to", server.DSN())
}

func ExampleStartKafka() {
	broker, err := embedded.StartKafka(embedded.KafkaOptions{
		Addr:            "127.0.0.1:0",
		Dir:             "friction-data/kafka",
		Topics:          map[string]int{"clickstream": 4, "telemetry": 4},
		MaxMessageBytes: 64 << 20,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer broker.Close()
	fmt.Println("kafka-go connects to", broker.Addr())
}
