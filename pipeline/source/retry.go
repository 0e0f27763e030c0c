package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"friction/pipeline/kafkawire"
	"friction/pipeline/waiting"
)

// Pauses between attempts double from the first to the longest, each up to a fifth
// shorter or longer, so that tasks do not come back all at once.
const (
	firstPause   = 20 * time.Millisecond
	longestPause = time.Second
)

// retry calls do until it succeeds, returns a [backoff.Permanent] error, or ctx
// ends. Any other error is reported as a failure of what, and tried again. The
// result's error is the permanent one, or that of ctx with what before it. Whoever
// has put patience into ctx is told what is waited for, see package waiting.
func retry[T any](ctx context.Context, k *Cluster, what string, do func(context.Context) (T, error)) (T, error) {
	final := false
	ctx, wait := waiting.Begin(ctx, k.name, what)
	v, err := backoff.Retry(ctx, func() (T, error) {
		v, err := do(ctx)
		err = k.explained(err)
		if _, ok := errors.AsType[*backoff.PermanentError](err); ok {
			final = true
		}
		return v, err
	},
		backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: firstPause, MaxInterval: longestPause, Multiplier: 2, RandomizationFactor: 0.2}),
		backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) { wait.Failed(err); k.report(what, err) }),
	)
	if err != nil && !final {
		err = fmt.Errorf("%s: %w", what, ctx.Err())
	}
	return v, wait.End(err)
}

// ask calls do, with a deadline of its own each time, until it succeeds, fails for
// good, or ctx ends.
func (k *Cluster) ask(ctx context.Context, what string, do func(context.Context) error) error {
	_, err := retry(ctx, k, what, func(ctx context.Context) (struct{}, error) {
		err := once(ctx, k.config.RequestTimeout, do)
		if err != nil && ctx.Err() == nil && !passing(err) {
			err = backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		return struct{}{}, err
	})
	return err
}

// once gives do a deadline of its own.
func once(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return do(ctx)
}

// OnRetry sets what is called with every failure that is tried again. It must
// return quickly and may be called from any goroutine.
func (k *Cluster) OnRetry(report func(what string, err error)) { k.retried.Store(&report) }

// report passes a failure on that is tried again.
func (k *Cluster) report(what string, err error) {
	if report := k.retried.Load(); report != nil {
		(*report)(what, err)
	}
}

// confirmation is about an answer of the cluster that takes back what it said
// before, as brokers do while leaders move: it must stand for a time to be believed.
type confirmation struct{ since time.Time }

// done reports that the answer has stood for long enough.
func (c *confirmation) done(after time.Duration) bool {
	if c.since.IsZero() {
		c.since = time.Now()
	}
	return time.Since(c.since) >= after
}

// passing reports a failure that the next attempt may not meet: everything but
// what a broker refuses for good, what its certificate shows, and a broker that is
// too old.
func passing(err error) bool {
	if code, ok := errors.AsType[kafka.Error](err); ok {
		return code.Temporary() || code.Timeout() || code == kafka.BrokerNotAvailable || code == kafka.ReplicaNotAvailable || code == kafka.Unknown
	}
	var foreign *tls.CertificateVerificationError
	return !errors.As(err, &foreign) && !errors.Is(err, kafkawire.ErrOldBroker)
}

// unknownTopic reports that the cluster does not know the topic or partition.
func unknownTopic(err error) bool {
	return errors.Is(err, kafka.UnknownTopicOrPartition) || errors.Is(err, protocol.ErrNoTopic) || errors.Is(err, protocol.ErrNoPartition)
}

// codeError is nil for code 0.
func codeError(code int16) error {
	if code == 0 {
		return nil
	}
	return kafka.Error(code)
}
