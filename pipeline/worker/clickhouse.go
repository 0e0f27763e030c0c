package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"friction/pipeline/journey"
	"friction/pipeline/migrate"
	"friction/pipeline/rules"
	"friction/pipeline/sink"
	"friction/pipeline/waiting"
)

// clickhouse is the server with the tables of one run of a group. What is asked waits while the server is away.
type clickhouse struct {
	*sink.Sink
	group, run string
	log        *zap.Logger
}

// check waits until ClickHouse answers and checks that it has every table.
func (c *clickhouse) check(ctx context.Context) error {
	if err := c.patiently(ctx, c.Ping); err != nil {
		return err
	}
	var steps []migrate.StepStatus
	err := c.patiently(ctx, func(ctx context.Context) (err error) {
		steps, err = c.Migrator().Status(ctx)
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

// register makes the run, its weights and its journeys known to ClickHouse.
func (c *clickhouse) register(ctx context.Context, r *rules.Rules) error {
	steps, err := journeySteps(r.Engine.Journeys)
	if err != nil {
		return err
	}
	weights := map[string]sink.Weight{}
	for name, x := range r.Engine.Score.Weights {
		weights[name] = sink.Weight{Weight: x.Weight, Cap: uint32(x.Cap)}
	}
	for _, ask := range []func(context.Context) error{
		func(ctx context.Context) error { return c.Register(ctx, c.group, c.run) },
		func(ctx context.Context) error {
			return c.RegisterWeights(ctx, "", r.Engine.Score.WeightsVersion(), weights)
		},
		func(ctx context.Context) error { return c.RegisterJourneys(ctx, r.Revision, steps) },
	} {
		if err := c.patiently(ctx, ask); err != nil {
			return err
		}
	}
	return nil
}

// progress is what the tables hold of a run, by partition.
func (c *clickhouse) progress(ctx context.Context, run string) (known map[uint16]sink.TaskProgress, err error) {
	err = c.patiently(ctx, func(ctx context.Context) (err error) {
		known, err = c.Progress(ctx, c.group, run)
		return err
	})
	return known, err
}

// maxUnclear is how often a question is asked again when it is not clear what is wrong.
const maxUnclear = 5

// patiently asks ClickHouse again and again while it is away or busy, and a few times when it is not clear what is wrong.
func (c *clickhouse) patiently(ctx context.Context, ask func(context.Context) error) (err error) {
	outer := ctx
	ctx, wait := waiting.Begin(ctx, c.Name(), "tables and runs")
	defer func() { err = wait.End(err) }()
	unclear := 0
	try := func() (struct{}, error) {
		err := ask(ctx)
		e, ok := errors.AsType[*sink.Error](err)
		switch {
		case err == nil:
			return struct{}{}, nil
		case !ok, e.Fault == sink.Lasting, unclear == maxUnclear:
			return struct{}{}, backoff.Permanent(err)
		case e.Fault == sink.Unclear:
			unclear++
		}
		return struct{}{}, err
	}
	pauses := &backoff.ExponentialBackOff{InitialInterval: 100 * time.Millisecond, Multiplier: 2, MaxInterval: 5 * time.Second}
	_, err = backoff.Retry(ctx, try, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, _ time.Duration) {
		wait.Failed(err)
	}))
	if err != nil && outer.Err() != nil {
		return outer.Err() // whatever the client makes of it
	}
	return err
}

// journeySteps is what ClickHouse keeps of the configured journeys.
func journeySteps(config journey.Config) ([]sink.JourneyStep, error) {
	var steps []sink.JourneyStep
	for _, j := range config.List {
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
