package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"friction/pipeline/query"
	"friction/pipeline/sink"
)

const (
	// roundTries is how long one notice is tried before the tables are looked at again.
	roundTries = 30 * time.Second
	// noteTime bounds the noting of what was told.
	noteTime = 10 * time.Second
	// exampleSessions is how many sessions a message names.
	exampleSessions = 3
	// forgotten is when a change that was never told is no longer looked for.
	forgotten = 8 * 24 * time.Hour
)

// telling tells one receiver what it has not been told, in order, until ctx ends. That a notice is being sent is written
// down before, and that it was sent after: what was being sent when an alerter died is sent again, under the same key.
func (a *Alerter) telling(ctx context.Context, n Notifier) {
	var repeated time.Time
	for ctx.Err() == nil {
		if err := a.tellAll(ctx, n); err != nil && ctx.Err() == nil {
			a.o.Log.Warn("receiver not told, trying again", zap.String("receiver", n.Name()), zap.Error(err))
		}
		if m, ok := n.(*alertmanager); ok && time.Since(repeated) > m.cfg.RepeatEvery && a.repeat(ctx, m) {
			repeated = time.Now()
		}
		_ = sleep(ctx, a.o.Config.Every)
	}
}

// tellAll tells what is due. What cannot be told now keeps the rest waiting, so that changes are told in order.
func (a *Alerter) tellAll(ctx context.Context, n Notifier) error {
	due, err := a.o.Reader.DueNotices(ctx, n.Name(), time.Now().Add(-forgotten))
	for i := 0; i < len(due) && err == nil && ctx.Err() == nil; i++ {
		err = a.tell(ctx, n, &due[i])
	}
	return err
}

// tell tells one change. An error says that it is to be tried again. A stop waits until a try that was begun is over and
// noted: else who takes over would tell it again.
func (a *Alerter) tell(ctx context.Context, n Notifier, due *query.DueNotice) error {
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
	var lasting refusal
	switch {
	case err == nil:
		a.told(n, true)
		return note(sink.NoticeSent, "")
	case errors.Is(err, errLost) || ctx.Err() != nil:
		return err
	case errors.As(err, &lasting) || time.Since(due.Written) > a.o.Config.Receivers.GiveUpAfter:
		a.told(n, false)
		a.o.Log.Error("receiver will not be told", zap.String("receiver", n.Name()), zap.String("alert", due.ID), zap.Error(err))
		return note(sink.NoticeGivenUp, err.Error())
	}
	return err
}

func (a *Alerter) told(n Notifier, ok bool) {
	if a.o.Observe.Told != nil {
		a.o.Observe.Told(n.Name(), ok)
	}
}

// notice makes the message of a change.
func (a *Alerter) notice(ctx context.Context, due *query.DueNotice) (Notice, error) {
	var c Change
	if err := json.Unmarshal([]byte(due.Change), &c); err != nil {
		return Notice{}, fmt.Errorf("read alert %s: %w", due.ID, err)
	}
	var sessions []string
	if c.State != Resolved && c.Rule == Friction {
		var err error
		if sessions, err = a.examples(ctx, &c); err != nil {
			a.failed("find example sessions", err) // the alert is worth telling without
		}
	}
	return Notice{Change: c, Message: Compose(a.o.Config.Links, &c, sessions), Key: fmt.Sprintf("%s/%d", due.ID, due.Seq), Again: due.Begun}, nil
}

func (a *Alerter) examples(ctx context.Context, c *Change) ([]string, error) {
	q := query.ExampleSessions{
		StepName: query.StepName{Journey: c.Journey, Step: c.Step}, App: c.App, Dimension: c.Dimension, Value: c.Value,
		From: c.Since, To: c.UpdatedAt, Lost: c.Metric == Lost, Limit: exampleSessions,
	}
	return a.o.Reader.ExampleSessions(ctx, q)
}

// repeat sends open alerts again where that is the custom.
func (a *Alerter) repeat(ctx context.Context, m *alertmanager) bool {
	a.mu.Lock()
	open := a.open
	a.mu.Unlock()
	for i := range open {
		c := open[i]
		if !a.lease.Held() {
			return false
		}
		n := Notice{Change: c, Message: Compose(a.o.Config.Links, &c, nil), Key: fmt.Sprintf("%s/%d", c.ID, c.Seq), Again: true}
		if err := m.Notify(ctx, n); err != nil {
			return false
		}
	}
	return true
}
