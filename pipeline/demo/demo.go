package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/query"
	"friction/pipeline/simulate"
	"friction/pipeline/sink"
)

// Options say what to show. Out, Err and Dir are required.
type Options struct {
	Dir string // where everything is kept, and found again by the next start; made if missing
	// For ends the demo by itself, counted from when live traffic begins; 0 is until ctx ends.
	For  time.Duration
	JSON bool // the summary as one JSON object on Out, all else on Err

	Kafka          string // host:port of a broker to use; empty starts one
	ClickHouse     string // DSN of a server to use; empty starts one
	ClickHouseAddr string // where a started one listens; empty is the usual port, or a free one where that is taken

	Incident   string // journey/step that breaks, or none; empty is checkout/payment
	Seed       uint64 // of the shop
	Partitions int    // of both topics when they are made; 0 is 4

	Out, Err io.Writer
	Terminal bool                     // what the table is written to is a terminal: it is drawn in place
	Colour   bool                     // and may have colours
	Size     func() (cols, lines int) // of the terminal; 0 where not known; may be nil
	Version  string

	history time.Duration // how far back it begins, for tests; 0 is a day
}

// The demo's shop and rhythm.
const (
	demoGroup   = "friction-demo"
	demoApp     = "shop"
	historyRate = 20  // sessions a minute, averaged over the day of history
	liveRate    = 240 // sessions a minute of live traffic, day and night
	liveUsers   = liveRate * 600
	historySpan = 24 * time.Hour
	// warmSpan is how long the live shop has been open when people see it: so long that all its journeys are under way.
	warmSpan = 15 * time.Minute
	// heldBack is how much of the past is not simulated before live traffic begins, so that an incident may begin in it.
	heldBack = time.Minute

	// incidentAfter is when the incident begins after the demo has: a minute or so into live traffic, sooner where loading
	// the history took long, so that people see it within two minutes.
	incidentAfter = 65 * time.Second
	calmAtLeast   = 20 * time.Second // of live traffic before the incident …
	calmAtMost    = time.Minute      // … and at most
	incidentLasts = 5 * time.Minute
	incidentEvery = 15 * time.Minute
	// incidentSeen is how long an incident must have been under way before the end of a demo that ends by itself.
	incidentSeen = 90 * time.Second
)

func (o *Options) fill() error {
	if o.Dir == "" || o.Out == nil || o.Err == nil {
		return errors.New("demo: directory and outputs are missing")
	}
	if o.For < 0 {
		return fmt.Errorf("demo: %v is no length of time to run for", o.For)
	}
	if o.Partitions == 0 {
		o.Partitions = 4
	}
	if o.Partitions < 1 || o.Partitions > 64 {
		return fmt.Errorf("demo: %d partitions are not between 1 and 64", o.Partitions)
	}
	if o.Incident == "" {
		o.Incident = "checkout/payment"
	}
	if o.history == 0 {
		o.history = historySpan
	}
	if o.Size == nil {
		o.Size = func() (int, int) { return 0, 0 }
	}
	var err error
	o.Dir, err = filepath.Abs(o.Dir)
	if err != nil {
		return fmt.Errorf("demo: find directory: %w", err)
	}
	return nil
}

// screen is where people look.
func (o *Options) screen() io.Writer {
	if o.JSON {
		return o.Err
	}
	return o.Out
}

// demo is one start of the demo.
type demo struct {
	o        Options
	incident simulate.Incident // without times until live traffic begins
	state    *demoState
	screen   *demoScreen
	servers  *demoServers
	reader   *query.Reader
	stops    []demoStop
	alerts   demoAlerts

	fail context.CancelCauseFunc // ends the demo because a part of it has failed
}

// demoStop undoes one thing that was started. what is shown while it lasts, if it is worth a word.
type demoStop struct {
	what string
	do   func(context.Context) error
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
	d := &demo{o: o, incident: incident, screen: newDemoScreen(&o), fail: fail}
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
		err = d.tell(summary)
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
	if d.state, err = openDemoState(d.o); err != nil {
		return false, err
	}
	if err := d.startServers(ctx); err != nil {
		return false, err
	}
	if err := d.startWorker(); err != nil { //nolint:contextcheck // it outlives ctx: the traffic stops first
		return false, err
	}
	t, err := d.openTraffic(time.Now())
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
func (d *demo) live(ctx context.Context, t *demoTraffic) error {
	begins := time.Now()
	if err := t.goLive(begins, d.o.For); err != nil {
		return err
	}
	usual, err := d.usual(ctx)
	if err != nil {
		return err
	}
	if err := d.startAlerter(begins); err != nil { //nolint:contextcheck // it is stopped after the traffic
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if d.o.For > 0 {
		timer := time.AfterFunc(time.Until(begins.Add(d.o.For)), func() { cancel(errDemoOver) })
		defer timer.Stop()
	}
	pumped := make(chan error, 1)
	go func() {
		err := t.pump(ctx)
		cancel(err)
		pumped <- err
	}()
	d.screen.live(ctx, d.watch(begins, usual))
	return <-pumped
}

// errDemoOver ends live traffic when the demo has run for as long as was asked.
var errDemoOver = errors.New("the demo is over")

// watch returns what looks at ClickHouse and gives what is to be shown.
func (d *demo) watch(begins time.Time, usual map[query.StepName]query.Usual) func(context.Context) (*demoView, error) {
	v := demoView{incident: d.incident, footer: d.footer(), usual: usual}
	pace := demoPace{}
	return func(ctx context.Context) (*demoView, error) {
		totals, err := d.reader.Totals(ctx, demoGroup)
		if err != nil {
			return nil, err
		}
		windows, err := d.latest(ctx, totals.Until)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		v.now, v.lasted, v.totals, v.windows = now, now.Sub(begins), totals, windows
		v.perSecond, v.alerts = pace.of(now, totals.Consumed), d.alerts.list()
		return &v, nil
	}
}

// latest asks for what the table shows.
func (d *demo) latest(ctx context.Context, until time.Time) ([]query.Window, error) {
	if until.IsZero() {
		return nil, nil
	}
	return d.reader.LatestSteps(ctx, query.LatestSteps{
		App: demoApp, Journeys: demoJourneys(), Until: until, Open: openFor, Within: 2 * demoWindow, MinVisits: enoughVisits,
	})
}

// usual reads what is usual for each step: its windows before the first live traffic there ever was here.
func (d *demo) usual(ctx context.Context) (map[query.StepName]query.Usual, error) {
	list, err := d.reader.StepHistory(ctx, query.StepHistory{
		App: demoApp, Journeys: demoJourneys(), From: d.state.HistoryFrom, To: d.state.FirstLive.Add(-historyEnds), MinVisits: enoughVisits,
	})
	if err != nil {
		return nil, err
	}
	usual := map[query.StepName]query.Usual{}
	for _, u := range list {
		usual[u.StepName] = u
	}
	return usual, nil
}

// close stops the traffic and the worker, so that all they made is in ClickHouse, reads the summary there, and stops
// the rest.
func (d *demo) close() (*Summary, error) {
	err := d.stop(d.servers.before)
	if err != nil {
		return nil, errors.Join(err, d.stop(0))
	}
	ctx, cancel := context.WithTimeout(context.Background(), demoStopTime)
	defer cancel()
	summary, err := d.summary(ctx)
	return summary, errors.Join(err, d.stop(0))
}

func (d *demo) push(what string, do func(context.Context) error) {
	d.stops = append(d.stops, demoStop{what, do})
}

// demoStopTime is how long one part may take to stop.
const demoStopTime = 30 * time.Second

// stop undoes what was started, the latest first, down to as many as given.
func (d *demo) stop(down int) (err error) {
	for len(d.stops) > down {
		last := d.stops[len(d.stops)-1]
		d.stops = d.stops[:len(d.stops)-1]
		if last.what != "" {
			d.screen.note("stopping %s …", last.what)
		}
		ctx, cancel := context.WithTimeout(context.Background(), demoStopTime)
		if e := last.do(ctx); e != nil {
			err = errors.Join(err, fmt.Errorf("stop %s: %w", last.what, e))
		}
		cancel()
	}
	return err
}

// masked is a DSN as people may see it.
func masked(dsn string) string {
	if dsn == "" {
		return ""
	}
	return sink.MaskDSN(dsn)
}
