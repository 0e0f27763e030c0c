package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// childOptions travel to a re-executed binary.
type childOptions struct {
	ClickHouse *ClickHouseOptions `json:",omitempty"`
	Kafka      *KafkaOptions      `json:",omitempty"`
}

// MaybeRunChild turns this process into an embedded server when StartClickHouse or StartKafkaProcess has re-executed
// its binary for that, and then never returns. Programs and tests (TestMain) that start servers without naming an
// executable call it first.
func MaybeRunChild() {
	kind := environment(childEnv)
	if kind == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := runChild(ctx, kind, environment(childOptionsEnv))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		exit(1)
	}
	exit(0)
}

func runChild(ctx context.Context, kind, options string) error {
	var o childOptions
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		return fmt.Errorf("read options of the embedded server: %w", err)
	}
	switch {
	case kind == "clickhouse" && o.ClickHouse != nil:
		o.ClickHouse.Confine = true
		return ServeClickHouse(ctx, *o.ClickHouse)
	case kind == "kafka" && o.Kafka != nil:
		return ServeKafka(ctx, *o.Kafka)
	}
	return fmt.Errorf("there is no embedded server %q", kind)
}
