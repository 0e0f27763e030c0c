package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/loadgen"
	"friction/pipeline/source"
	"friction/pipeline/traffic"
)

// latency is how long after an event its rows are in ClickHouse. A row counts as
// there when its task's row of progress is, which is inserted after all others.
type latency struct {
	EventsPerSecond float64
	Signals         quantiles // of rage clicks, after their last click
	Visits          quantiles // of the journey site, after the event that ended them
	Scores          quantiles // after any event, until the windows that count it are written
	ProducerBehind  float64   // seconds that the traffic was late at most
	Inserts         map[string]int
	Seconds         float64
}

// quantiles are in seconds.
type quantiles struct {
	N                  int
	Median, P99, Worst float64
}

// Times of live traffic.
const (
	rampUp   = 100 * time.Second // of the load, until stays begin and end alike; passed over
	warm     = 5 * time.Second   // after the start, not counted
	coolDown = 18 * time.Second  // before the end, not counted: the rows of the last events are still to come
)

// measureLatency sends traffic at a steady rate to a live worker.
func measureLatency(ctx context.Context, s *servers, t task, rate float64, seconds int) (*latency, error) {
	t.Topics = []string{"live-" + traffic.Clickstream, "live-" + traffic.Telemetry}
	t.Live = true
	if err := s.createTopics(t.Topics); err != nil { //nolint:contextcheck // topics are made at once
		return nil, err
	}
	if err := s.withTables(ctx, &t); err != nil {
		return nil, err
	}
	for _, table := range []string{"signals_log", "step_visits_log", "step_windows_log", "progress_log"} {
		// Merging would remove what a row said first, and when.
		if _, err := s.query(ctx, "SYSTEM STOP MERGES "+t.Database+"."+table); err != nil {
			return nil, err
		}
	}
	c, err := startChild(ctx, t, s.errs)
	if err != nil {
		return nil, err
	}
	l := &latency{Seconds: float64(seconds)}
	from, to, err := l.traffic(ctx, s, rate, time.Duration(seconds)*time.Second)
	m, failed := c.result()
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	l.Inserts, l.Seconds = m.Inserts, m.Wall
	return l, l.read(ctx, s, t.Database, from.Add(warm), to.Add(-coolDown))
}

// traffic sends events as they happen, and returns when it began and ended.
func (l *latency) traffic(ctx context.Context, s *servers, rate float64, d time.Duration) (from, to time.Time, err error) {
	all := rate * (rampUp + d + time.Minute).Seconds()
	load, err := loadgen.New(loadgen.Options{
		Seed: seed, Events: int(all), Users: int(all / 10), Skew: -1, Span: time.Duration(all / rate * float64(time.Second)),
	})
	if err != nil {
		return from, to, err
	}
	p, stop, err := s.producer(ctx)
	if err != nil {
		return from, to, err
	}
	defer stop()
	var live time.Time // of the load, when it is as the traffic is now
	sent := 0
	for r := range load.Records() {
		switch {
		case live.IsZero():
			live = r.Deliver.Add(rampUp)
			continue
		case r.Deliver.Before(live):
			continue
		case from.IsZero():
			from = time.Now()
		}
		due := from.Add(r.Deliver.Sub(live))
		if due.Sub(from) > d {
			break
		}
		if err := l.send(ctx, p, &r, due); err != nil {
			return from, to, err
		}
		sent++
	}
	to = time.Now()
	l.EventsPerSecond = float64(sent) / to.Sub(from).Seconds()
	return from, to, p.Flush(ctx)
}

// send waits until a record is due and sends it with its time moved accordingly.
func (l *latency) send(ctx context.Context, p *source.Producer, r *traffic.Record, due time.Time) error {
	if wait := time.Until(due); wait > 2*time.Millisecond {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	} else if wait < 0 {
		l.ProducerBehind = max(l.ProducerBehind, -wait.Seconds())
	}
	const before = len(`{"time":`)
	happened := due.Add(r.Time.Sub(r.Deliver)).UnixMilli()
	strconv.AppendInt(r.Value[:before], happened, 10) // as many digits until the year 2286
	return p.Send(ctx, "live-"+r.Topic, []byte(r.Key), r.Value, event.Millis(due.UnixMilli()))
}

// read asks ClickHouse when the rows of events between two times came.
func (l *latency) read(ctx context.Context, s *servers, db string, from, to time.Time) (err error) {
	between := fmt.Sprintf("BETWEEN fromUnixTimestamp64Milli(%d, 'UTC') AND fromUnixTimestamp64Milli(%d, 'UTC')", from.UnixMilli(), to.UnixMilli())
	seen := `SELECT count(), quantileExact(0.5)(late), quantileExact(0.99)(late), max(late) FROM (
		SELECT dateDiff('millisecond', e.at, p.ingested_at) AS late FROM (%s) AS e
		ASOF JOIN (SELECT task, version, ingested_at FROM ` + db + `.progress_log) AS p ON e.task = p.task AND e.version <= p.version)`
	for _, q := range []struct {
		into *quantiles
		rows string
	}{
		{&l.Signals, `SELECT task, version, ended_at AS at FROM ` + db + `.signals_log WHERE kind = 'rage_click' AND ended_at ` + between},
		{&l.Visits, `SELECT task, min(version) AS version, min(left_at) AS at FROM ` + db + `.step_visits_log
			WHERE journey = 'site' AND outcome IN ('advanced', 'back') AND left_at ` + between + `
			GROUP BY task, session_id, attempt, visit`},
	} {
		rows, err := s.query(ctx, fmt.Sprintf(seen, q.rows))
		if err != nil {
			return err
		}
		if *q.into, err = quantilesOf(rows[0]); err != nil {
			return err
		}
	}
	rows, err := s.query(ctx, `SELECT task, toUnixTimestamp64Milli(watermark), toUnixTimestamp64Milli(ingested_at) FROM `+db+`.progress_log ORDER BY task, version`)
	if err != nil {
		return err
	}
	l.Scores, err = scoresOf(rows, from.UnixMilli(), to.UnixMilli(), engine.DefaultConfig().Score.EmitEvery.Milliseconds())
	return err
}

// quantilesOf reads count, median, p99 and maximum, in milliseconds.
func quantilesOf(row []string) (q quantiles, err error) {
	n, err := numbers(row)
	if err != nil || len(n) != 4 {
		return q, fmt.Errorf("read quantiles of %q: %w", row, err)
	}
	return quantiles{int(n[0]), float64(n[1]) / 1000, float64(n[2]) / 1000, float64(n[3]) / 1000}, nil
}

func numbers(row []string) ([]int64, error) {
	out := make([]int64, len(row))
	for i, text := range row {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("read number: %w", err)
		}
		out[i] = int64(f)
	}
	return out, nil
}

// scoresOf follows an event at every 50 ms in every task to the first epoch that
// has taken it and writes windows: those are written when the watermark passes a
// multiple of emit. rows are task, watermark and when the epoch's rows were there.
func scoresOf(rows [][]string, from, to, emit int64) (q quantiles, err error) {
	var late []int64
	var task []([2]int64) // watermark and time of the epochs of one task
	flush := func() {
		for at := from; at < to; at += 50 {
			emitted := int64(0)
			for _, e := range task {
				if e[0] > at && e[0]/emit > emitted {
					late = append(late, e[1]-at)
					break
				}
				emitted = max(emitted, e[0]/emit)
			}
		}
		task = task[:0]
	}
	last := int64(-1)
	for _, row := range rows {
		n, err := numbers(row)
		if err != nil || len(n) != 3 {
			return q, fmt.Errorf("read progress %q: %w", row, err)
		}
		if n[0] != last {
			flush()
			last = n[0]
		}
		task = append(task, [2]int64{n[1], n[2]})
	}
	flush()
	if len(late) == 0 {
		return q, fmt.Errorf("no row of progress tells of the time that counts")
	}
	slices.Sort(late)
	at := func(share float64) float64 { return float64(late[int(share*float64(len(late)-1))]) / 1000 }
	return quantiles{len(late), at(.5), at(.99), at(1)}, nil
}
