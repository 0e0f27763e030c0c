package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/simulate"
	"friction/pipeline/source"
)

// shopTraffic sends the shop's records. A day of history comes from a quiet shop; the shop that goes live has been open
// for a while by then. Both have the same customers.
type shopTraffic struct {
	*instance
	servers  *servers
	figures  *figures
	shops    shops
	shop     *simulate.Shop // the one that goes live
	opened   time.Time      // when this start of the demo began
	since    time.Time      // what arrived until then is left out: it was sent before
	cluster  *source.Cluster
	producer *source.Producer
	truth    *simulate.TruthFile
	file     *os.File
	sent     uint64
	inside   atomic.Uint64 // of these, known to be in ClickHouse
	saved    time.Time
}

// openTraffic opens the shops. On the first start they begin a day ago; later ones go on where the last one ended, or a
// quarter of an hour ago, whichever is later.
func openTraffic(in *instance, s *servers, f *figures, now time.Time) (*shopTraffic, error) {
	t := &shopTraffic{instance: in, servers: s, figures: f, opened: now, since: in.state.LastSent}
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if in.state.fresh {
		flags |= os.O_TRUNC
	}
	var err error
	if t.file, err = os.OpenFile(filepath.Join(in.o.Dir, truthFile), flags, 0o644); err != nil {
		return nil, fmt.Errorf("demo: open the truth: %w", err)
	}
	t.truth = simulate.NewTruthFile(t.file)
	record := func(v simulate.Visit) {
		if v.EnteredAt.After(t.since) {
			t.truth.Write(v)
		}
	}
	o := simulate.Options{Seed: in.o.Seed, Users: liveUsers, App: app, Truth: record}
	o.Start, o.Rate, o.Flat = now.Add(-warmSpan), liveRate, true
	if t.shop, err = simulate.New(o); err != nil {
		return nil, errors.Join(err, t.file.Close())
	}
	t.shops.add(t.shop)
	if in.state.fresh {
		o.End, o.Start, o.Rate, o.Flat = o.Start, in.state.HistoryFrom, historyRate, false
		quiet, err := simulate.New(o)
		if err != nil {
			return nil, errors.Join(err, t.file.Close())
		}
		t.shops.add(quiet)
	}
	return t, nil
}

// connect prepares sending.
func (t *shopTraffic) connect(ctx context.Context) (err error) {
	if t.cluster, err = source.ConnectTo(t.servers.kafka); err != nil {
		return err
	}
	t.producer, err = t.cluster.NewProducer(ctx, source.ProducerOptions{Compression: "lz4"})
	return err
}

// close sends what is on its way and keeps where the next start goes on.
func (t *shopTraffic) close(ctx context.Context) (err error) {
	if t.producer != nil {
		err = t.producer.Flush(ctx)
		t.producer.Close()
	}
	if t.cluster != nil {
		t.cluster.Close()
	}
	return errors.Join(err, t.truth.Close(), t.file.Close(), t.state.save())
}

// send sends everything that arrives until a moment. Its record time is at; zero is the time of its arrival.
func (t *shopTraffic) send(ctx context.Context, until, at time.Time, progress func(arrived time.Time)) error {
	for n := 0; ; n++ {
		r, ok := t.shops.next(until)
		if !ok {
			return nil
		}
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if progress != nil {
				progress(r.Deliver)
			}
		}
		if !r.Deliver.After(t.since) {
			continue
		}
		stamp := r.Deliver
		if !at.IsZero() {
			stamp = at
		}
		topic := t.servers.clickstream
		if r.Topic == simulate.Telemetry {
			topic = t.servers.telemetry
		}
		if err := t.producer.Send(ctx, topic, []byte(r.Key), r.Value, event.Millis(stamp.UnixMilli())); err != nil {
			return fmt.Errorf("demo: send traffic: %w", err)
		}
		t.sent++
	}
}

// load sends the past as fast as it goes and waits until all of it is in ClickHouse.
func (t *shopTraffic) load(ctx context.Context) error {
	if err := t.connect(ctx); err != nil {
		return err
	}
	before, err := t.figures.totals(ctx)
	if err != nil {
		return err
	}
	until, began := t.opened.Add(-heldBack), time.Now()
	bar := t.bar(until)
	look, stop := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() { t.count(look, before.Consumed) })
	defer looking.Wait()
	defer stop()
	if err := t.send(ctx, until, time.Time{}, bar.sending); err != nil {
		return err
	}
	if err := t.producer.Flush(ctx); err != nil {
		return err
	}
	if until.After(t.since) {
		t.state.LastSent = until.UTC()
	}
	if err := t.arrived(ctx, bar); err != nil {
		return err
	}
	took := time.Since(began)
	bar.end(t.sent, took)
	if t.state.fresh {
		t.state.Events, t.state.Seconds = t.sent, took.Seconds()
		t.state.Loaded, t.state.FirstLive = true, time.Now().UTC()
	}
	return t.state.save()
}

// lookEvery is how often ClickHouse is asked how much it has, while the past is loaded.
const lookEvery = 400 * time.Millisecond

// count asks again and again how many records ClickHouse accounts for, more than before, until ctx ends.
func (t *shopTraffic) count(ctx context.Context, before uint64) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if totals, err := t.figures.totals(ctx); err == nil { // else it is asked again
			t.inside.Store(totals.Consumed - min(totals.Consumed, before))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// arrived waits until all that was sent is accounted for in ClickHouse.
func (t *shopTraffic) arrived(ctx context.Context, bar *progressBar) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for t.inside.Load() < t.sent {
		bar.draw(1)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// bar shows how far loading is.
func (t *shopTraffic) bar(until time.Time) *progressBar {
	b := &progressBar{screen: t.screen, what: "one day of history", from: t.state.HistoryFrom, until: until, began: time.Now()}
	if !t.state.fresh {
		b.what, b.from = "what came meanwhile", t.opened.Add(-warmSpan)
	}
	b.sent, b.inside = func() uint64 { return t.sent }, t.inside.Load
	return b
}

// goLive sets the incident, now that it is known when live traffic begins.
func (t *shopTraffic) goLive(i *simulate.Incident, liveFrom time.Time) error {
	if i.Step == "" {
		return nil
	}
	i.First = incidentBegins(t.opened, liveFrom, t.o.For).UTC()
	i.Lasts, i.Every = incidentLasts, incidentEvery
	return t.shop.Schedule(*i)
}

// pump sends records when they arrive, until ctx ends.
func (t *shopTraffic) pump(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		if err := t.send(ctx, now, now, nil); err != nil {
			return ended(ctx, err)
		}
		t.state.LastSent = now.UTC()
		if now.Sub(t.saved) > 2*time.Second {
			t.saved = now
			if err := t.state.save(); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// ended is nil when an error only says that ctx has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}
