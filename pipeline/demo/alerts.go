package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"friction/pipeline/alert"
	"friction/pipeline/alerter"
)

// demoAlerts are the alerts of one start of the demo, and those of earlier ones that ended in it.
type demoAlerts struct {
	mu  sync.Mutex
	all []alert.Alert // as they stand, the oldest first
}

func (a *demoAlerts) note(c alert.Change) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.all, func(o alert.Alert) bool { return o.ID == c.ID })
	if i < 0 {
		a.all = append(a.all, c)
		return
	}
	a.all[i] = c
}

func (a *demoAlerts) list() []alert.Alert {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all)
}

// The demo's alerter looks more often than usual, and at visits that count as stalled sooner.
const (
	demoAlertEvery = time.Second
	demoLostAfter  = 2 * time.Minute
)

// startAlerter judges what comes from now on, until it is stopped. Nobody is told but the screen.
func (d *demo) startAlerter(begins time.Time) error {
	log, file, err := demoLog(filepath.Join(d.o.Dir, demoAlertLogFile))
	if err != nil {
		return err
	}
	rules, err := demoRules()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	c := alert.DefaultConfig()
	c.Every, c.LostAfter = demoAlertEvery, demoLostAfter
	o := alerter.Options{Config: c, Slide: rules.Engine.Score.Slide, NotBefore: begins, ClickHouse: d.servers.tables, Log: log}
	a, done, err := alerter.Open(o, alert.Observer{Change: d.alerts.note})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	d.push("the alerter", func(limit context.Context) error {
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

// shownAlerts is how many alerts the table names.
const shownAlerts = 2

// alertLines tell the latest alerts, the newest first.
func alertLines(all []alert.Alert) (lines []string, open bool) {
	slices.SortStableFunc(all, func(a, b alert.Alert) int { return cmp.Compare(b.RaisedAt.UnixMilli(), a.RaisedAt.UnixMilli()) })
	for i := range all[:min(len(all), shownAlerts)] {
		a := &all[i]
		lines = append(lines, alertLine(a))
		open = open || a.ResolvedAt.IsZero()
	}
	return lines, open
}

func alertLine(a *alert.Alert) string {
	clock := func(t time.Time) string { return t.UTC().Format(time.TimeOnly) }
	title := strings.TrimPrefix(alert.Compose(alert.LinksConfig{}, a, nil).Title, "Resolved: ")
	if a.ResolvedAt.IsZero() {
		return fmt.Sprintf("ALERT raised %s, since %s UTC: %s", clock(a.RaisedAt), clock(a.Since), title)
	}
	return fmt.Sprintf("alert raised %s, resolved %s UTC: %s", clock(a.RaisedAt), clock(a.ResolvedAt), title)
}
