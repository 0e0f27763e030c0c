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

// demoTraffic sends the shop's records. A day of history comes from a quiet shop; the shop that goes live has been open
// for a while by then. Both have the same customers.
type demoTraffic struct {
	d        *demo
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
func (d *demo) openTraffic(now time.Time) (*demoTraffic, error) {
	t := &demoTraffic{d: d, opened: now, since: d.state.LastSent}
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if d.state.fresh {
		flags |= os.O_TRUNC
	}
	var err error
	if t.file, err = os.OpenFile(filepath.Join(d.o.Dir, demoTruthFile), flags, 0o644); err != nil {
		return nil, fmt.Errorf("demo: open the truth: %w", err)
	}
	t.truth = simulate.NewTruthFile(t.file)
	tell := func(v simulate.Visit) {
		if v.EnteredAt.After(t.since) {
			t.truth.Write(v)
		}
	}
	o := simulate.Options{Seed: d.o.Seed, Users: liveUsers, App: demoApp, Truth: tell}
	o.Start, o.Rate, o.Flat = now.Add(-warmSpan), liveRate, true
	if t.shop, err = simulate.New(o); err != nil {
		return nil, errors.Join(err, t.file.Close())
	}
	t.shops.add(t.shop)
	if d.state.fresh {
		o.End, o.Start, o.Rate, o.Flat = o.Start, d.state.HistoryFrom, historyRate, false
		quiet, err := simulate.New(o)
		if err != nil {
			return nil, errors.Join(err, t.file.Close())
		}
		t.shops.add(quiet)
	}
	return t, nil
}

// connect prepares sending.
func (t *demoTraffic) connect(ctx context.Context) (err error) {
	if t.cluster, err = source.ConnectTo(t.d.servers.kafka); err != nil {
		return err
	}
	t.producer, err = t.cluster.NewProducer(ctx, source.ProducerOptions{Compression: "lz4"})
	return err
}

// close sends what is on its way and keeps where the next start goes on.
func (t *demoTraffic) close(ctx context.Context) (err error) {
	if t.producer != nil {
		err = t.producer.Flush(ctx)
		t.producer.Close()
	}
	if t.cluster != nil {
		t.cluster.Close()
	}
	return errors.Join(err, t.truth.Close(), t.file.Close(), t.d.state.save())
}

// send sends everything that arrives until a moment. Its record time is at; zero is the time of its arrival.
func (t *demoTraffic) send(ctx context.Context, until, at time.Time, tell func(arrived time.Time)) error {
	for n := 0; ; n++ {
		r, ok := t.shops.next(until)
		if !ok {
			return nil
		}
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if tell != nil {
				tell(r.Deliver)
			}
		}
		if !r.Deliver.After(t.since) {
			continue
		}
		stamp := r.Deliver
		if !at.IsZero() {
			stamp = at
		}
		topic := t.d.servers.clickstream
		if r.Topic == simulate.Telemetry {
			topic = t.d.servers.telemetry
		}
		if err := t.producer.Send(ctx, topic, []byte(r.Key), r.Value, event.Millis(stamp.UnixMilli())); err != nil {
			return fmt.Errorf("demo: send traffic: %w", err)
		}
		t.sent++
	}
}

// load sends the past as fast as it goes and waits until all of it is in ClickHouse.
func (t *demoTraffic) load(ctx context.Context) error {
	if err := t.connect(ctx); err != nil {
		return err
	}
	before, err := t.d.reader.Totals(ctx, demoGroup)
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
		t.d.state.LastSent = until.UTC()
	}
	if err := t.arrived(ctx, bar); err != nil {
		return err
	}
	took := time.Since(began)
	bar.end(t.sent, took)
	if t.d.state.fresh {
		t.d.state.Events, t.d.state.Seconds = t.sent, took.Seconds()
		t.d.state.Loaded, t.d.state.FirstLive = true, time.Now().UTC()
	}
	return t.d.state.save()
}

// lookEvery is how often ClickHouse is asked how much it has, while the past is loaded.
const lookEvery = 400 * time.Millisecond

// count asks again and again how many records ClickHouse accounts for, more than before, until ctx ends.
func (t *demoTraffic) count(ctx context.Context, before uint64) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if totals, err := t.d.reader.Totals(ctx, demoGroup); err == nil { // else the next look will tell
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
func (t *demoTraffic) arrived(ctx context.Context, bar *demoBar) error {
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
func (t *demoTraffic) bar(until time.Time) *demoBar {
	b := &demoBar{screen: t.d.screen, what: "one day of history", from: t.d.state.HistoryFrom, until: until, began: time.Now()}
	if !t.d.state.fresh {
		b.what, b.from = "what came meanwhile", t.opened.Add(-warmSpan)
	}
	b.sent, b.inside = func() uint64 { return t.sent }, t.inside.Load
	return b
}

// goLive sets the incident, now that it is known when live traffic begins.
func (t *demoTraffic) goLive(begins time.Time, lasts time.Duration) error {
	i := &t.d.incident
	if i.Step == "" {
		return nil
	}
	i.First = incidentBegins(t.opened, begins, lasts).UTC()
	i.Lasts, i.Every = incidentLasts, incidentEvery
	return t.shop.Schedule(*i)
}

// incidentBegins is when the incident begins in a demo that was started, lets live traffic in from begins on, and ends
// by itself after lasts, 0 for never. In one that is short it begins early enough to be seen, at most heldBack before.
func incidentBegins(started, begins time.Time, lasts time.Duration) time.Time {
	calm := min(max(started.Add(incidentAfter).Sub(begins), calmAtLeast), calmAtMost)
	if lasts > 0 {
		calm = max(min(calm, lasts-incidentSeen), -heldBack)
	}
	return begins.Add(calm)
}

// pump sends records when they arrive, until ctx ends.
func (t *demoTraffic) pump(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		if err := t.send(ctx, now, now, nil); err != nil {
			return ended(ctx, err)
		}
		t.d.state.LastSent = now.UTC()
		if now.Sub(t.saved) > 2*time.Second {
			t.saved = now
			if err := t.d.state.save(); err != nil {
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

// shops is several shops as one: their records in the order of arrival.
type shops struct {
	all []*simulate.Shop
	up  []simulate.Record // the next record of each; one without a topic when it was not asked or has none yet
}

func (s *shops) add(shop *simulate.Shop) {
	s.all, s.up = append(s.all, shop), append(s.up, simulate.Record{})
}

// next is the next record to arrive of any shop, if it does so no later than until, which must not go back.
func (s *shops) next(until time.Time) (simulate.Record, bool) {
	first := -1
	for i, shop := range s.all {
		if s.up[i].Topic == "" {
			s.up[i], _ = shop.Next(until)
		}
		if s.up[i].Topic != "" && (first < 0 || s.up[i].Deliver.Before(s.up[first].Deliver)) {
			first = i
		}
	}
	if first < 0 {
		return simulate.Record{}, false
	}
	r := s.up[first]
	s.up[first] = simulate.Record{}
	return r, true
}
