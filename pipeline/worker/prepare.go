package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/journey"
	"friction/pipeline/migrate"
	"friction/pipeline/sink"
)

// prepare makes sure that topics and tables are as they should be, and that
// ClickHouse knows the run.
func (w *Worker) prepare(ctx context.Context) error {
	partitions, err := w.kafka.Verify(ctx)
	if err != nil {
		return err
	}
	if err := w.kafka.EnsureCheckpoints(ctx, partitions); err != nil {
		return err
	}
	if w.letters != nil {
		if err := w.kafka.EnsureDeadLetters(ctx, partitions); err != nil {
			return err
		}
	}
	if err := w.tables(ctx); err != nil {
		return err
	}
	register := func(ctx context.Context) error { return w.sink.Register(ctx, w.o.Kafka.Group, w.o.Config.Run) }
	if err := w.patiently(ctx, register); err != nil {
		return err
	}
	if err := w.patiently(ctx, w.registerWeights); err != nil {
		return err
	}
	steps, err := journeySteps(w.o.Rules.Engine.Journeys)
	if err != nil {
		return err
	}
	return w.patiently(ctx, func(ctx context.Context) error { return w.sink.RegisterJourneys(ctx, w.o.Rules.Revision, steps) })
}

// tables waits until ClickHouse answers and checks that it has every table.
func (w *Worker) tables(ctx context.Context) error {
	if err := w.patiently(ctx, w.sink.Ping); err != nil {
		return err
	}
	var steps []migrate.StepStatus
	err := w.patiently(ctx, func(ctx context.Context) (err error) {
		steps, err = w.sink.Migrator().Status(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.State == migrate.StepPending {
			return fmt.Errorf("ClickHouse has not all tables that this version needs (%s is missing): run friction migrate up", s.Key())
		}
	}
	return nil
}

// patiently asks ClickHouse again and again while it is away or busy, and a few
// times when it is not clear what is wrong.
func (w *Worker) patiently(ctx context.Context, ask func(context.Context) error) error {
	unclear := 5
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := ask(ctx)
		if err != nil && ctx.Err() != nil {
			return ctx.Err() // whatever the client makes of it
		}
		e, ok := errors.AsType[*sink.Error](err)
		if !ok || e.Fault == sink.Lasting || unclear == 0 {
			return err
		}
		if e.Fault == sink.Unclear {
			unclear--
		}
		w.log.Warn("ClickHouse does not answer, waiting", zap.Error(err))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *Worker) registerWeights(ctx context.Context) error {
	weights := map[string]sink.Weight{}
	for name, x := range w.o.Rules.Engine.Score.Weights {
		weights[name] = sink.Weight{Weight: x.Weight, Cap: uint32(x.Cap)}
	}
	return w.sink.RegisterWeights(ctx, "", w.o.Rules.Engine.Score.WeightsVersion(), weights)
}

// journeySteps is what ClickHouse keeps of the configured journeys.
func journeySteps(c journey.Config) ([]sink.JourneyStep, error) {
	var steps []sink.JourneyStep
	for _, j := range c.List {
		for i, x := range j.Steps {
			rule, err := json.Marshal(x.Match)
			if err != nil {
				return nil, fmt.Errorf("write down journey %s: %w", j.Name, err)
			}
			steps = append(steps, sink.JourneyStep{
				App: j.App, Journey: j.Name, Index: uint16(i), Step: x.Name, Rule: string(rule), Required: !x.Optional,
				Mode: string(cmp.Or(j.Mode, journey.Ordered)),
			})
		}
	}
	return steps, nil
}
