package sink

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// JourneyStep is a step as a revision of the configuration defines it.
type JourneyStep struct {
	App      string // empty for all
	Journey  string
	Index    uint16
	Step     string
	Rule     string // as JSON
	Required bool
	Mode     string
}

// RegisterJourneys writes down what the steps of a revision of the configuration
// mean. A revision that is there is written again with the same content.
func (s *Sink) RegisterJourneys(ctx context.Context, revision string, steps []JourneyStep) error {
	for _, x := range steps {
		// The replacing version counts down, so that the first registration stands.
		err := s.Exec(ctx, "INSERT INTO "+s.table("journeys_log")+
			" (app, config_revision, journey, step_index, step, rule, required, mode, registered_at, version)"+
			" SELECT {app:String}, {revision:String}, {journey:String}, {index:UInt16}, {step:String}, {rule:String}, {required:Bool}, {mode:String},"+
			" now64(3), 18446744073709551615 - toUInt64(toUnixTimestamp64Micro(now64(6)))",
			clickhouse.Named("app", x.App), clickhouse.Named("revision", revision), clickhouse.Named("journey", x.Journey),
			clickhouse.Named("index", x.Index), clickhouse.Named("step", x.Step), clickhouse.Named("rule", x.Rule),
			clickhouse.Named("required", x.Required), clickhouse.Named("mode", x.Mode))
		if err != nil {
			return fmt.Errorf("register step %s of journey %s: %w", x.Step, x.Journey, err)
		}
	}
	return nil
}
