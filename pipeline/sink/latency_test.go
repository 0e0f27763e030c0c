package sink

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// obvious is the query people write first.
const obvious = "SELECT * FROM db.step_scores WHERE journey = 'checkout' AND window_start > now() - INTERVAL 1 HOUR ORDER BY score_low DESC"

const (
	loadSteps = 30
	loadTasks = 8
)

// load fills the windows of the last days: 30 steps, 10 of them of checkout, by 8 tasks.
func load(t testing.TB, s *Sink, days int) {
	t.Helper()
	for d := range days {
		ask(t, s, fmt.Sprintf(`
INSERT INTO db.step_windows_log (run, app, journey, window_start, step, task, step_index, window_size_ms, visits, affected, pain_sum, pain_sq_sum,
    advanced, completed, back, dropped, open, stalled, signals, dwell_histogram, weights_version, version)
SELECT 'g/r1', 'shop', ['checkout', 'sign-up', 'site'][1 + step %% 3], toStartOfMinute(now64(3)) - toIntervalMinute(%d + intDiv(number, %d)), 'step' || toString(step), task,
    step, 300000, 1 + h %% 60, h %% 20, (h %% 20) * 480000, (h %% 20) * 230400, h %% 40, 0, 0, h %% 20, 0, 0,
    map('rage_click', h %% 5, 'retry', h %% 7), map(20, h %% 10, 25, h %% 20, 30, h %% 15), 'w1', 1
FROM (SELECT number, number %% %d AS step, intDiv(number, %d) %% %d AS task, cityHash64(number) AS h FROM numbers(%d))`,
			d*1440, loadSteps*loadTasks, loadSteps, loadSteps, loadTasks, 1440*loadSteps*loadTasks))
	}
	ask(t, s, "INSERT INTO db.progress_log (run, task, `group`, tasks, watermark, rows_until, settle_ms, version) SELECT 'g/r1', number, 'g', 8, now64(3), now64(3), 60000, 1 FROM numbers(8)")
}

// The condition on window_start must reach the primary key through the view,
// the sum and FINAL, and the answer must not depend on how much history there is.
func TestTheObviousQueryReadsLittle(t *testing.T) {
	s := registered(t)
	// The bar is 100 ms over a month, on a machine that has nothing else to do; what
	// keeps it is that little is read, and that is checked on any machine.
	days, bar := 2, time.Second
	if os.Getenv("FRICTION_SLOW") != "" {
		days, bar = 30, 100*time.Millisecond
	}
	load(t, s, days)
	rows := count(t, s, "db.step_windows_log")
	plan := ask(t, s, "EXPLAIN indexes = 1 "+obvious)
	read := granules(t, plan)
	var took []time.Duration
	for range 40 {
		started := time.Now()
		answer := ask(t, s, obvious+" FORMAT TSV")
		took = append(took, time.Since(started))
		if n := strings.Count(answer, "\n") + 1; n < 10*59 || n > 10*60 {
			t.Fatalf("%d rows, want one for each of 10 steps and about 60 windows", n)
		}
	}
	slices.Sort(took)
	t.Logf("%d rows, %d granules read, best %v, median %v, worst %v", rows, read, took[0], took[len(took)/2], took[len(took)-1])
	if limit := 8; read > limit {
		t.Errorf("%d granules are read, at most %d expected:\n%s", read, limit, plan)
	}
	if took[0] > bar {
		t.Errorf("the best of forty answers took %v, more than %v", took[0], bar)
	}
	if !strings.Contains(plan, "FINAL") || !regexp.MustCompile(`(?s)PrimaryKey.*?window_start`).MatchString(plan) {
		t.Errorf("window_start does not reach the primary key:\n%s", plan)
	}
}

// granules is how many the primary key leaves of all parts of the big table.
func granules(t testing.TB, plan string) int {
	t.Helper()
	_, after, ok := strings.Cut(plan, "step_windows_log")
	if !ok {
		t.Fatalf("no reading in the plan:\n%s", plan)
	}
	_, after, ok = strings.Cut(after, "PrimaryKey")
	m := regexp.MustCompile(`Granules: (\d+)/`).FindStringSubmatch(after)
	if !ok || m == nil {
		t.Fatalf("no primary key in the plan:\n%s", plan)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
