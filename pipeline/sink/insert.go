package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// unclearTries is how often a failure of unknown kind is tried before it is reported.
const unclearTries = 5

// Insert writes the rows of all batches, each table with as few inserts as its limits allow, progress last, so that
// the rows it describes are there. Repeating a call with the same batches repeats the same inserts under the same
// tokens, so nothing is doubled; even without tokens the tables keep one row per key.
//
// Passing failures are retried for Config.RetryFor, or until ctx ends. The error is an *Error, or that of ctx. After
// an error any part may have been written; repeat the call.
func (s *Sink) Insert(ctx context.Context, batches []Batch) error {
	ready := make([]stamped, 0, len(batches))
	for _, b := range batches {
		if b.Rows != nil {
			ready = append(ready, stamped{newStamp(b.Stamp, b.Rows), b.Rows})
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.cfg.Connections)
	for _, t := range s.tables {
		group.Go(func() error { return s.insertTable(groupCtx, t, ready) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.insertTable(ctx, s.last, ready)
}

func (s *Sink) insertTable(ctx context.Context, t inserter, batches []stamped) error {
	for b := range t.blocks(batches, s.cfg.BlockRows) {
		if err := s.insertBlock(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// insertBlock writes one block. If ClickHouse refuses a row, the row is found and set aside, so that the others are
// inserted.
func (s *Sink) insertBlock(ctx context.Context, b block) error {
	err := s.tryBlock(ctx, b)
	if s.observe.Refused == nil || !mayBeARow(err) {
		return err
	}
	return s.setAside(ctx, b, err)
}

// tryBlock writes one block and retries as long as that can help.
func (s *Sink) tryBlock(ctx context.Context, b block) error {
	started, unclear := time.Now(), 0
	try := func() (struct{}, error) {
		err := s.send(ctx, b)
		var e *Error
		switch {
		case err == nil:
			return struct{}{}, nil
		case ctx.Err() != nil:
			return struct{}{}, backoff.Permanent(fmt.Errorf("insert into %s: %w", b.table, context.Cause(ctx)))
		case errors.As(err, &e) && e.Fault == Unclear:
			unclear++
		}
		if e == nil || e.Fault == Lasting || unclear >= unclearTries {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 200*time.Millisecond, 15*time.Second
	_, err := backoff.Retry(ctx, try, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(s.cfg.RetryFor),
		backoff.WithNotify(func(err error, next time.Duration) { s.retried(b, err, next) }))
	if err != nil {
		return err
	}
	if s.observe.Inserted != nil {
		s.observe.Inserted(b.table, b.rows, time.Since(started))
	}
	return nil
}

func (s *Sink) retried(b block, err error, next time.Duration) {
	reason := "error"
	if e, ok := errors.AsType[*Error](err); ok {
		reason = e.reason()
	}
	if s.observe.Retried != nil {
		s.observe.Retried(b.table, reason)
	}
	s.log.Warn("insert failed, trying again", zap.String("table", b.table), zap.Int("rows", b.rows), zap.Duration("after", next), zap.Error(err))
}

// insertSettings make an insert synchronous, and deduplicate by token.
func insertSettings(token string) clickhouse.Settings {
	return clickhouse.Settings{
		"async_insert":               0,
		"insert_deduplicate":         1,
		"insert_deduplication_token": token,
		"deduplicate_blocks_in_dependent_materialized_views": 1,
	}
}

// send is one attempt.
func (s *Sink) send(ctx context.Context, b block) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	ctx = clickhouse.Context(ctx,
		clickhouse.WithColumnNamesAndTypes(b.columns),
		clickhouse.WithSettings(s.settings(b.token)))
	batch, err := s.conn.PrepareBatch(ctx, b.statement(s.cfg.Database))
	if err != nil {
		return classify("insert into "+b.table, err)
	}
	defer func() { _ = batch.Close() }() // gives the connection back when Send was not reached
	for i, v := range b.values {
		if err := batch.Column(i).Append(v); err != nil {
			return &Error{What: "insert into " + b.table, Name: "column " + b.columns[i].Name + " does not take its values", Fault: Lasting, Hint: migrateHint}
		}
	}
	return classifyRows("insert into "+b.table, batch.Send())
}
