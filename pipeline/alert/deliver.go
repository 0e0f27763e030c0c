package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"friction/pipeline/notify"
	"friction/pipeline/query"
	"friction/pipeline/sink"
)

const (
	// roundTries is how long one notice is tried before the tables are looked at again.
	roundTries = 30 * time.Second
	// noteTime bounds the noting of what was sent.
	noteTime = 10 * time.Second
	// exampleSessions is how many sessions a message names.
	exampleSessions = 3
	// forgotten is from what age on a change that was never sent is no longer looked for.
	forgotten = 8 * 24 * time.Hour
)

// deliver sends one receiver the notices it does not have yet, in order, until ctx ends. That a notice is being sent is
// written down before, and that it was sent after: what was being sent when an alerter died is sent again, under the same
// key.
func (a *Alerter) deliver(ctx context.Context, n notify.Notifier) {
	var repeated time.Time
	for ctx.Err() == nil {
		if err := a.deliverDue(ctx, n); err != nil && ctx.Err() == nil {
			a.o.Log.Warn("receiver not notified, trying again", zap.String("receiver", n.Name()), zap.Error(err))
		}
		if r, ok := n.(notify.Repeater); ok && time.Since(repeated) > r.RepeatEvery() && a.repeat(ctx, r) {
			repeated = time.Now()
		}
		_ = sleep(ctx, a.o.Config.Every)
	}
}

// deliverDue sends the notices that are due. One that cannot be sent now keeps the rest waiting, so that changes arrive in
// order.
func (a *Alerter) deliverDue(ctx context.Context, n notify.Notifier) error {
	due, err := a.o.Reader.DueNotices(ctx, n.Name(), time.Now().Add(-forgotten))
	for i := 0; i < len(due) && err == nil && ctx.Err() == nil; i++ {
		err = a.deliverOne(ctx, n, &due[i])
	}
	return err
}

// deliverOne sends one notice. An error says that it is to be tried again. A stop waits until a try that was begun is over
// and noted: else the alerter that takes over would send it again.
func (a *Alerter) deliverOne(ctx context.Context, n notify.Notifier, due *query.DueNotice) error {
	notice, err := a.notice(ctx, due)
	if err != nil {
		return err
	}
	begun := context.WithoutCancel(ctx)
	note := func(state sink.NoticeState, detail string) error {
		ctx, done := context.WithTimeout(begun, noteTime)
		defer done()
		return a.o.Tables.NoteAlert(ctx, due.ID, due.Seq, n.Name(), state, detail)
	}
	if err := note(sink.NoticeSending, ""); err != nil {
		return err
	}
	try := func() (struct{}, error) {
		if !a.lease.Held() {
			return struct{}{}, backoff.Permanent(errLost)
		}
		err := n.Notify(begun, notice)
		notice.Again = true
		return struct{}{}, err
	}
	_, err = backoff.Retry(ctx, try, backoff.WithMaxElapsedTime(roundTries))
	switch {
	case err == nil:
		a.delivered(n, true)
		return note(sink.NoticeSent, "")
	case errors.Is(err, errLost) || ctx.Err() != nil:
		return err
	case notify.Refused(err) || time.Since(due.Written) > a.o.Config.Receivers.GiveUpAfter:
		a.delivered(n, false)
		a.o.Log.Error("receiver will not be notified", zap.String("receiver", n.Name()), zap.String("alert", due.ID), zap.Error(err))
		return note(sink.NoticeGivenUp, err.Error())
	}
	return err
}

func (a *Alerter) delivered(n notify.Notifier, ok bool) {
	if a.o.Observe.Delivered != nil {
		a.o.Observe.Delivered(n.Name(), ok)
	}
}

// notice makes the message of a change.
func (a *Alerter) notice(ctx context.Context, due *query.DueNotice) (notify.Notice, error) {
	var c Change
	if err := json.Unmarshal([]byte(due.Change), &c); err != nil {
		return notify.Notice{}, fmt.Errorf("read alert %s: %w", due.ID, err)
	}
	var sessions []string
	if c.State != Resolved && c.Rule == Friction {
		var err error
		if sessions, err = a.examples(ctx, &c); err != nil {
			a.failed("find example sessions", err) // the notice is worth sending without
		}
	}
	n := noticeOf(a.o.Config.Links, &c, sessions)
	n.Again = due.Begun
	return n, nil
}

func (a *Alerter) examples(ctx context.Context, c *Change) ([]string, error) {
	q := query.ExampleSessions{
		StepName: query.StepName{Journey: c.Journey, Step: c.Step}, App: c.App, Dimension: c.Dimension, Value: c.Value,
		From: c.Since, To: c.UpdatedAt, Lost: c.Metric == Lost, Limit: exampleSessions,
	}
	return a.o.Reader.ExampleSessions(ctx, q)
}

// repeat sends all open alerts again, and says whether all were sent.
func (a *Alerter) repeat(ctx context.Context, to notify.Notifier) bool {
	a.mu.Lock()
	open := a.open
	a.mu.Unlock()
	for i := range open {
		if !a.lease.Held() {
			return false
		}
		n := noticeOf(a.o.Config.Links, &open[i], nil)
		n.Again = true
		if err := to.Notify(ctx, n); err != nil {
			return false
		}
	}
	return true
}
