package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/query"
	"friction/pipeline/simulate"
)

// demo is one start of the demo.
type demo struct {
	*instance
	incident simulate.Incident // without times until live traffic begins
	servers  *servers
	figures  *figures
	alerts   alertList
}

// Run runs everything in one process tree: Kafka, ClickHouse, a simulated shop with an incident, and a worker. It loads
// a day of history when Dir has none, then lets live traffic in and shows how the steps are doing, until ctx or o.For
// ends. Then everything is stopped in order and what ClickHouse holds is summed up. The summary is nil when the demo
// ended before live traffic began; that ctx ended is no error.
func Run(ctx context.Context, o Options) (summary *Summary, err error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	incident, err := simulate.ParseIncident(o.Incident)
	if err != nil {
		return nil, err
	}
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	d := &demo{instance: &instance{o: o, screen: newScreen(&o), fail: fail}, incident: incident}
	shown, err := d.run(running)
	if err == nil && shown {
		summary, err = d.close() //nolint:contextcheck // what is stopped must be stopped though ctx has ended
	} else {
		err = errors.Join(err, d.stop(0)) //nolint:contextcheck // as above
	}
	if cause := context.Cause(running); cause != nil && ctx.Err() == nil {
		return nil, cause // what else went wrong went wrong because of it
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if summary != nil {
		err = summary.write(&d.o, d.screen)
	}
	if d.state.Loaded {
		d.screen.say("Stopped. The same command goes on from here; to start over: rm -r %s", d.o.Dir)
	} else {
		d.screen.say("Stopped before the history was loaded: the next start begins anew.")
	}
	return summary, err
}

// run goes from nothing to the end of live traffic. It reports whether there was any.
func (d *demo) run(ctx context.Context) (shown bool, err error) {
	lock, err := embedded.LockDir(d.o.Dir)
	if err != nil {
		return false, fmt.Errorf("demo: %w", err)
	}
	d.push("", func(context.Context) error { return lock.Close() })
	if d.state, err = openState(d.o); err != nil {
		return false, err
	}
	if d.servers, err = startServers(ctx, d.instance); err != nil {
		return false, err
	}
	if d.figures, err = openFigures(d.instance, d.servers); err != nil {
		return false, err
	}
	if err := startWorker(d.instance, d.servers); err != nil { //nolint:contextcheck // it outlives ctx: the traffic stops first
		return false, err
	}
	t, err := openTraffic(d.instance, d.servers, d.figures, time.Now())
	if err != nil {
		return false, err
	}
	d.push("traffic", t.close)
	if err := t.load(ctx); err != nil {
		return false, err
	}
	return true, d.live(ctx, t)
}

// live lets traffic in as it comes, and shows it.
func (d *demo) live(ctx context.Context, t *shopTraffic) error {
	liveFrom := time.Now()
	if err := t.goLive(&d.incident, liveFrom); err != nil {
		return err
	}
	usual, err := d.figures.usual(ctx)
	if err != nil {
		return err
	}
	if err := startAlerter(d.instance, d.servers, &d.alerts, liveFrom); err != nil { //nolint:contextcheck // it is stopped after the traffic
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if d.o.For > 0 {
		timer := time.AfterFunc(time.Until(liveFrom.Add(d.o.For)), func() { cancel(errOver) })
		defer timer.Stop()
	}
	pumped := make(chan error, 1)
	go func() {
		err := t.pump(ctx)
		cancel(err)
		pumped <- err
	}()
	d.screen.live(ctx, d.watch(liveFrom, usual))
	return <-pumped
}

// errOver ends live traffic when the demo has run for as long as was asked.
var errOver = errors.New("the demo is over")

// watch returns what looks at ClickHouse and gives what is to be shown.
func (d *demo) watch(liveFrom time.Time, usual map[query.StepName]query.Usual) func(context.Context) (*view, error) {
	v := view{incident: d.incident, footer: d.servers.footer(), usual: usual}
	rate := pace{}
	return func(ctx context.Context) (*view, error) {
		totals, err := d.figures.totals(ctx)
		if err != nil {
			return nil, err
		}
		windows, err := d.figures.latest(ctx, totals.Until)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		v.now, v.lasted, v.totals, v.windows = now, now.Sub(liveFrom), totals, windows
		v.perSecond, v.alerts = rate.of(now, totals.Consumed), d.alerts.list()
		return &v, nil
	}
}

// close stops the traffic and the worker, so that all they made is in ClickHouse, reads the summary there, and stops
// the rest.
func (d *demo) close() (*Summary, error) {
	err := d.stop(d.servers.before)
	if err != nil {
		return nil, errors.Join(err, d.stop(0))
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	summary, err := summarise(ctx, d.figures, d.alerts.list(), d.incident)
	return summary, errors.Join(err, d.stop(0))
}
