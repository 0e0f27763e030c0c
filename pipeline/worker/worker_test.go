package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"friction/pipeline/decode"
	"friction/pipeline/files"
	"friction/pipeline/pipetest/await"
	"friction/pipeline/pipetest/shoptest"
	"friction/pipeline/replay"
	"friction/pipeline/rules"
	"friction/pipeline/simulate"
)

// servers are a broker and a ClickHouse of one test.
type servers struct{ *shoptest.Servers }

// startServers starts both, Kafka being the fake broker.
func startServers(t *testing.T, partitions int) *servers {
	t.Helper()
	return startServersOn(t, shoptest.FakeKafka, partitions)
}

func startServersOn(t *testing.T, kafka shoptest.StartKafka, partitions int) *servers {
	t.Helper()
	return &servers{shoptest.Start(t, kafka, partitions)}
}

// startWorker runs a worker until stop is called, which returns how it ended.
func (s *servers) startWorker(t *testing.T, rules *rules.Rules, c Config) (w *Worker, stop func() error) {
	t.Helper()
	w, err := New(Options{
		Config: c, Kafka: s.Kafka, Rules: rules, ClickHouse: s.ClickHouse,
		Log: zaptest.NewLogger(t, zaptest.Level(zap.InfoLevel)), Metrics: NewMetrics("test"),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	ended := false
	stop = func() error {
		if ended {
			return nil
		}
		ended = true
		cancel()
		return <-done
	}
	t.Cleanup(func() { _ = stop() })
	return w, stop
}

// awaitDone waits until the workers have together read, closed and inserted everything.
func awaitDone(t *testing.T, partitions int, workers ...*Worker) {
	t.Helper()
	t.Cleanup(func() {
		for _, w := range workers {
			if t.Failed() {
				t.Logf("%+v", w.Status())
			}
		}
	})
	await.True(t, 2*time.Minute, "the workers to finish", func() bool {
		finished := 0
		for _, w := range workers {
			for _, s := range w.Status() {
				if s.AllIdle && s.CaughtUp && s.Settled && s.Flushed == s.Epoch {
					finished++
				}
			}
		}
		return finished == partitions
	})
}

func batchLoad() Config {
	c := DefaultConfig()
	c.EpochEvery, c.InsertEvery, c.IdleTimeout, c.WhenIdle = 200*time.Millisecond, 200*time.Millisecond, 2*time.Second, Close
	return c
}

// What a worker leaves in ClickHouse is what the engine makes of the same records
// without any server, table by table and column by column.
func TestWorkerLeavesWhatReplayMakes(t *testing.T) { onEveryKafka(t, workerLeavesWhatReplayMakes) }

func workerLeavesWhatReplayMakes(t *testing.T, kafka shoptest.StartKafka) {
	const partitions = 4
	s := startServersOn(t, kafka, partitions)
	w := shopWorld(t, 3)
	s.Produce(t, w.Shop)
	worker, stop := s.startWorker(t, w.Rules, batchLoad())
	awaitDone(t, partitions, worker)

	var out bytes.Buffer
	if _, err := replay.Run(t.Context(), replay.Options{Rules: w.Rules, Past: replay.FilePast(func(...*decode.Decoder) (files.Records, error) { return w.Merged(), nil }), Rows: &out}); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		table := row["table"].(string)
		want[table] = append(want[table], fmt.Sprint(row["session_id"], row["signal_id"], row["journey"], row["step"], row["window_start"],
			row["pane_start"], row["dimension"], row["value"], row["visits"], row["pain_sum"], row["dropped"], row["outcome"], row["pain"], row["count"]))
	}
	for _, table := range []string{"sessions", "step_visits", "signals", "step_scores"} {
		if got := len(s.Query(t, "SELECT 1 FROM friction."+table)); got != len(want[table]) || got == 0 {
			t.Errorf("%s: %d rows in ClickHouse, %d of replay", table, got, len(want[table]))
		}
	}
	sums := func(rows []string) string { slices.Sort(rows); return strings.Join(rows, "\n") }
	got := s.Query(t, `SELECT journey, step, sum(visits), sum(pain_sum), sum(dropped), sum(advanced), sum(back), sum(completed) FROM friction.step_panes
		GROUP BY journey, step ORDER BY journey, step`)
	direct := s.Query(t, `SELECT journey, step, count(), sum(pain), countIf(outcome = 'dropped'), countIf(outcome = 'advanced'), countIf(outcome = 'back'),
		countIf(outcome = 'completed') FROM friction.step_visits GROUP BY journey, step ORDER BY journey, step`)
	if sums(got) != sums(direct) {
		t.Errorf("panes and visits disagree:\n%s\n\n%s", sums(got), sums(direct))
	}
	s.recompute(t)
	families, err := worker.o.Metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	consumed := 0.
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "friction_events_consumed_total" {
				consumed += m.GetCounter().GetValue()
			}
		}
	}
	if sent := len(w.Records[w.Topics[0]]) + len(w.Records[w.Topics[1]]); consumed != float64(sent) {
		t.Errorf("metrics say %v records consumed, %d were sent", consumed, sent)
	}
	if final := s.Query(t, "SELECT countIf(final), countIf(NOT final) FROM friction.step_scores"); final[0] == "0\t0" || strings.HasPrefix(final[0], "0\t") {
		t.Errorf("final and other windows: %s", final[0])
	}
	if steps := s.Query(t, "SELECT count() FROM friction.journeys"); steps[0] != fmt.Sprint(len(simulate.Steps())) {
		t.Errorf("%s steps of journeys written down, want %d", steps[0], len(simulate.Steps()))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if open := s.Query(t, "SELECT sum(open_sessions) FROM friction.progress"); open[0] != "0" {
		t.Errorf("open sessions after the end: %s", open[0])
	}
}

// recompute makes every pain, and every window, again in SQL from what the rows
// of visits say.
func (s *servers) recompute(t *testing.T) {
	t.Helper()
	wrong := s.Query(t, `WITH (SELECT (groupArray(kind), groupArray(weight), groupArray(cap)) FROM friction.score_weights) AS w
		SELECT count(), countIf(pain > 0), countIf(pain != toUInt32(round(1e6 * (1 - arrayFold(
			(rest, kind, n) -> rest * pow(1 - w.2[indexOf(w.1, kind)], least(n, w.3[indexOf(w.1, kind)])),
			mapKeys(signals), mapValues(signals), toFloat64(1)))))) FROM friction.step_visits`)
	if f := strings.Split(wrong[0], "\t"); f[0] == "0" || f[1] == "0" || f[2] != "0" {
		t.Errorf("visits, hurt ones, and those whose pain SQL computes otherwise: %s", wrong[0])
	}
	windows := s.Query(t, `SELECT count(), countIf(abs(score - again) > 1e-9 OR visits != n OR dropped != d)
		FROM (SELECT app, journey, step, window_start, score, visits, dropped FROM friction.step_scores) AS stored
		FULL JOIN (
			SELECT app, journey, step, fromUnixTimestamp64Milli(w, 'UTC') AS window_start, count() AS n, sum(pain) / n / 10000 AS again,
				countIf(outcome = 'dropped') AS d
			FROM friction.step_visits
			ARRAY JOIN arrayMap(k -> intDiv(toUnixTimestamp64Milli(entered_at), 60000) * 60000 - k * 60000, range(5)) AS w
			GROUP BY app, journey, step, w
		) AS made USING (app, journey, step, window_start)`)
	if f := strings.Split(windows[0], "\t"); f[0] == "0" || f[1] != "0" {
		t.Errorf("windows, and those that SQL computes otherwise from the visits: %s", windows[0])
	}
}
