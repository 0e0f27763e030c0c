package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

// unclearTries is how often a failure of unknown kind is tried before it is reported.
const unclearTries = 5

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
