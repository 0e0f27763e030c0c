package demo

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"friction/pipeline/alert"
	"friction/pipeline/alerter"
)

// alertList are the alerts of one start of the demo, and those of earlier ones that ended in it.
type alertList struct {
	mu  sync.Mutex
	all []alert.Alert // as they stand, the oldest first
}

func (a *alertList) note(c alert.Change) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.all, func(o alert.Alert) bool { return o.ID == c.ID })
	if i < 0 {
		a.all = append(a.all, c)
		return
	}
	a.all[i] = c
}

func (a *alertList) list() []alert.Alert {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all)
}

// The demo's alerter looks more often than usual, and at visits that count as stalled sooner.
const (
	alertEvery = time.Second
	lostAfter  = 2 * time.Minute
)

// startAlerter evaluates what comes from now on, until it is stopped. Alerts are shown on the screen and sent to nobody.
func startAlerter(in *instance, s *servers, list *alertList, liveFrom time.Time) error {
	log, file, err := openLog(filepath.Join(in.o.Dir, alerterLogFile))
	if err != nil {
		return err
	}
	rules, err := shopRules()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	c := alert.DefaultConfig()
	c.Every, c.LostAfter = alertEvery, lostAfter
	o := alerter.Options{Config: c, Slide: rules.Engine.Score.Slide, NotBefore: liveFrom, ClickHouse: s.tables, Log: log}
	a, done, err := alerter.Open(o, alert.Observer{Change: list.note})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	in.push("the alerter", func(limit context.Context) error {
		stop()
		select {
		case err := <-ended:
			return errors.Join(err, done(), file.Close())
		case <-limit.Done():
			return limit.Err()
		}
	})
	return nil
}
