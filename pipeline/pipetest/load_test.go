package pipetest_test

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/detect"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/loadgen"
	"friction/pipeline/score"
	"friction/pipeline/session"
	"friction/pipeline/signals"
	"friction/pipeline/traffic"
)

// decoded is a load as a task finds it after decoding, and what is true of it.
type decoded struct {
	records []event.Record
	events  []event.Event
	counts  loadgen.Counts
}

func decodeLoad(tb testing.TB, o loadgen.Options, ids bool) *decoded {
	tb.Helper()
	load, err := loadgen.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	d, err := decode.New(decode.DefaultConfig())
	if err != nil {
		tb.Fatal(err)
	}
	out := &decoded{}
	offsets := map[string]int64{}
	for r := range load.Records() {
		rec := event.Record{Offset: offsets[r.Topic], Time: event.Millis(r.Deliver.UnixMilli()), Key: []byte(r.Key), Value: r.Value}
		if r.Topic == traffic.Telemetry {
			rec.Topic = 1
		}
		offsets[r.Topic]++
		var e event.Event
		if why := d.Decode(&rec, &e); why.Reason != event.Accepted {
			tb.Fatalf("%s: %s", why.Reason, why.Detail)
		}
		if !ids {
			e.ID = ""
		}
		rec.Key, rec.Value = nil, nil
		out.records, out.events = append(out.records, rec), append(out.events, e)
	}
	out.counts = load.Counts()
	return out
}

// feed plays a load in epochs of so many records, and calls take with the rows of each.
func (l *decoded) feed(tb testing.TB, e *engine.Engine, epoch int, take func(*score.Rows)) {
	tb.Helper()
	idle := make([]bool, 2)
	for i := range l.events {
		*e.Slot() = l.events[i]
		e.Add(&l.records[i])
		if (i+1)%epoch == 0 || i+1 == len(l.events) {
			drain(e, e.Reachable(idle), take)
		}
	}
}

// drain takes all that is below a watermark.
func drain(e *engine.Engine, w event.Millis, take func(*score.Rows)) {
	e.Advance(w)
	for done := false; !done; {
		done = e.Run()
		take(e.TakeRows())
	}
}

// fresh is an engine that looks for some signals, all when none are named.
func fresh(tb testing.TB, only ...detect.Kind) *engine.Engine {
	tb.Helper()
	c := engine.DefaultConfig()
	c.Sessions.Acts = session.AllActs // as the load counts its sessions
	if len(only) > 0 {
		c.Signals.KeepOnly(only...)
	}
	e, err := engine.New(c, []string{traffic.Clickstream, traffic.Telemetry})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// The load knows how many sessions and bursts of clicks it has made, and shares no code with us.
func TestALoadHasTheSessionsAndRagesItWasMadeWith(t *testing.T) {
	events := 300_000
	if testing.Short() {
		events = 50_000
	}
	for _, seed := range []uint64{1, 2} {
		l := decodeLoad(t, loadgen.Options{Seed: seed, Events: events, Users: 8000}, true)
		e := fresh(t)
		sessions, rages := 0, 0
		count := func(rows *score.Rows) {
			sessions += len(rows.Sessions)
			for i := range rows.Signals {
				if rows.Signals[i].Kind == "rage_click" {
					rages++
				}
			}
		}
		l.feed(t, e, events, count)
		drain(e, e.ClosingWatermark(), count)
		if sessions != l.counts.Sessions || rages != l.counts.RageClicks {
			t.Errorf("seed %d: %d sessions and %d rage clicks, the load made %d and %d", seed, sessions, rages, l.counts.Sessions, l.counts.RageClicks)
		}
		if c := e.Counters(); c.Late+c.Duplicates+c.Capped > 0 || c.InSessions != uint64(events) {
			t.Errorf("seed %d: %+v", seed, c)
		}
	}
}

func BenchmarkEngine(b *testing.B) { benchmarkEngine(b) }

// BenchmarkEngineOfSeven measures the first seven signals alone, to compare with.
func BenchmarkEngineOfSeven(b *testing.B) {
	benchmarkEngine(b, signals.RageClick, signals.DeadClick, signals.ErrorClick, signals.Retry, signals.QuickBack, signals.PageLoop, signals.DropOff)
}

func benchmarkEngine(b *testing.B, only ...detect.Kind) {
	b.Helper()
	l := decodeLoad(b, loadgen.Options{Seed: 1, Events: 500_000, Users: 50_000}, true)
	b.ReportAllocs()
	b.ResetTimer()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpuTime(b)
	for range b.N {
		e := fresh(b, only...)
		l.feed(b, e, 50_000, e.Reuse)
	}
	n := float64(b.N * len(l.events))
	b.ReportMetric(float64((cpuTime(b)-start).Nanoseconds())/n, "cpu-ns/event")
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/event")
}

// cpuTime is what this process has used: others on the machine do not count.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// openBytes is the heap an engine holds once it has taken a load without ids, and how many sessions are open.
func openBytes(t *testing.T, sessions int) (bytes uint64, open int) {
	l := decodeLoad(t, loadgen.Options{Seed: 3, Events: 20 * sessions, Users: 20 * sessions, Skew: -1, Span: 20 * time.Minute}, false)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := engine.DefaultConfig()
	c.Sessions.MaxAwake = 0 // of a million, few would be; of these, many
	e, err := engine.New(c, []string{traffic.Clickstream, traffic.Telemetry})
	if err != nil {
		t.Fatal(err)
	}
	l.feed(t, e, 5_000, e.Reuse)
	runtime.GC()
	runtime.ReadMemStats(&after)
	open = e.Open()
	runtime.KeepAlive(l)
	return after.HeapAlloc - before.HeapAlloc, open
}

// Between two sizes only the sessions grow, not the window sums.
func TestBytesOfAnOpenSession(t *testing.T) {
	if testing.Short() {
		t.Skip("holds 60,000 sessions")
	}
	few, n := openBytes(t, 20_000)
	many, m := openBytes(t, 60_000)
	each := float64(many-few) / float64(m-n)
	t.Logf("%.0f bytes for each of %d open sessions of 20 events; %.1f MB for all else", each, m, (float64(few)-each*float64(n))/(1<<20))
	if each > 700 {
		t.Errorf("an open session takes %.0f bytes, at most 700 are allowed", each)
	}
}
