package sink

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"friction/pipeline/score"
)

// add sums windows as the views must, with plain maps.
func add(into map[string]*score.Sums, key string, s *score.Sums) {
	have, ok := into[key]
	if !ok {
		have = &score.Sums{}
		into[key] = have
	}
	have.Visits += s.Visits
	have.Late += s.Late
	have.Affected += s.Affected
	have.Pain += s.Pain
	have.PainSq += s.PainSq
	have.Stalled += s.Stalled
	for i := range s.Outcomes {
		have.Outcomes[i] += s.Outcomes[i]
	}
	signals, buckets := map[string]uint64{}, [score.NumDwellBuckets]uint32{}
	for _, list := range [][]score.Count{have.Signals, s.Signals} {
		for _, c := range list {
			signals[c.Name] += c.N
		}
	}
	for _, list := range [][]score.Count32{have.DwellHist, s.DwellHist} {
		for _, c := range list {
			buckets[c.Bucket] += c.N
		}
	}
	have.Signals, have.DwellHist = nil, nil
	for _, kind := range []string{"dead_click", "drop_off", "error_click", "rage_click", "retry"} {
		if signals[kind] > 0 {
			have.Signals = append(have.Signals, score.Count{Name: kind, N: signals[kind]})
		}
	}
	for b, n := range buckets {
		if n > 0 {
			have.DwellHist = append(have.DwellHist, score.Count32{Bucket: uint8(b), N: n})
		}
	}
}

// sumsLine is what a view must say of sums, in the names of the views.
func sumsLine(t testing.TB, s *score.Sums) map[string]any {
	t.Helper()
	line := linesByTable(t, stampOf(0, 1), &score.Rows{Windows: []score.WindowRow{{Journey: "site", Sums: *s}}})["step_scores"][0]
	for _, name := range []string{"app", "journey", "step", "step_index", "window_start", "window_size_ms", "weights_version", "final"} {
		delete(line, name)
	}
	return line
}

func compareSums(t *testing.T, s *Sink, key, query string, want map[string]*score.Sums) {
	t.Helper()
	got := objects(t, s, "SELECT "+key+" AS key, * FROM ("+query+")")
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	for _, row := range got {
		k := fmt.Sprint(row["key"])
		sums, ok := want[k]
		if !ok {
			t.Fatalf("no such row was written: %s", k)
		}
		line := sumsLine(t, sums)
		for name, v := range line {
			if w, g := fmt.Sprint(rounded(v)), fmt.Sprint(rounded(row[name])); w != g {
				t.Errorf("%s: %s is %s, want %s", k, name, g, w)
			}
		}
	}
}

// crowd inserts the rows of four tasks, in two versions, the older ones wrong.
func crowd(t *testing.T, s *Sink) (windows, panes, details map[string]*score.Sums, all []score.PaneRow) {
	t.Helper()
	windows, panes, details = map[string]*score.Sums{}, map[string]*score.Sums{}, map[string]*score.Sums{}
	for task := range uint16(4) {
		r := newRNG(uint64(100 + task))
		rows, wrong := &score.Rows{}, &score.Rows{}
		for i := range 240 {
			at, step := day+int64(i%30)*60_000, "step"+strconv.Itoa(i/30)
			w := score.WindowRow{App: "shop", Journey: "site", Step: step, WindowStart: ms(at), Size: 300_000, Sums: r.sums(), Weights: "w1"}
			p := score.PaneRow{App: "shop", Journey: "site", Step: step, PaneStart: ms(at), Size: 60_000, Sums: r.sums(), Weights: "w1"}
			d := p
			d.Dimension, d.Value, d.Sums = "device", r.word("v", 5), r.sums()
			key := strconv.FormatInt(at, 10) + " " + step
			add(windows, key, &w.Sums)
			add(panes, key, &p.Sums)
			add(details, key+" "+d.Value, &d.Sums)
			all = append(all, p, d)
			rows.Windows, rows.Panes = append(rows.Windows, w), append(rows.Panes, p, d)
			if i%3 == 0 { // visits of overdue sessions, counted in two parts
				for _, part := range []int64{3_600_000, 7_200_000} {
					late := func() score.Sums { s := r.sums(); s.Late = s.Visits; return s }
					w, p, d := w, p, d
					w.Part, p.Part, d.Part = ms(at+part), ms(at+part), ms(at+part)
					w.Sums, p.Sums, d.Sums = late(), late(), late()
					add(windows, key, &w.Sums)
					add(panes, key, &p.Sums)
					add(details, key+" "+d.Value, &d.Sums)
					all = append(all, p, d)
					rows.Windows, rows.Panes = append(rows.Windows, w), append(rows.Panes, p, d)
				}
			}
			w.Sums, p.Sums, d.Sums = r.sums(), r.sums(), r.sums()
			wrong.Windows, wrong.Panes = append(wrong.Windows, w), append(wrong.Panes, p, d)
		}
		insert(t, s, Batch{stampOf(task, 9), rows})
		insert(t, s, Batch{stampOf(task, 8), wrong})
	}
	return windows, panes, details, all
}

func TestViewsSumTasks(t *testing.T) {
	s := registered(t)
	windows, panes, details, all := crowd(t, s)
	compareSums(t, s, "concat(toString(toUnixTimestamp64Milli(window_start)), ' ', step)", "SELECT * FROM db.step_scores", windows)
	compareSums(t, s, "concat(toString(toUnixTimestamp64Milli(pane_start)), ' ', step)", "SELECT * FROM db.step_panes", panes)
	compareSums(t, s, "concat(toString(toUnixTimestamp64Milli(pane_start)), ' ', step, ' ', value)", "SELECT * FROM db.step_panes_detail WHERE dimension = 'device'", details)

	wide, byValue := map[string]*score.Sums{}, map[string]*score.Sums{}
	const size = 420_000 // day is no multiple of it: windows lie on the grid since 1970, not on the question
	onTime, onTimeByValue := map[string]*score.Sums{}, map[string]*score.Sums{}
	visits := map[string]uint64{}
	for i := range all {
		if p := &all[i]; p.Dimension != "" {
			visits[p.Value] += p.Sums.Visits
		}
	}
	least := ""
	for v, n := range visits {
		if least == "" || n < visits[least] {
			least = v
		}
	}
	for i := range all {
		p := &all[i]
		at := int64(p.PaneStart) / size * size
		if at >= day+20*60_000 || at+size <= day+5*60_000 {
			continue
		}
		key := strconv.FormatInt(at, 10) + " " + p.Step
		switch {
		case p.Dimension == "":
			add(wide, key, &p.Sums)
		default:
			add(byValue, key+" "+p.Value, &p.Sums)
		}
		switch {
		case p.Part != 0:
		case p.Dimension == "":
			add(onTime, key, &p.Sums)
		default:
			add(onTimeByValue, key+" "+p.Value, &p.Sums)
		}
	}
	compareSums(t, s, "concat(toString(toUnixTimestamp64Milli(window_start)), ' ', step)",
		"SELECT * FROM db.step_scores_by(from = '2026-03-01 12:05:00', to = '2026-03-01 12:20:00', size_seconds = 420)", wide)
	compareSums(t, s, "concat(toString(toUnixTimestamp64Milli(window_start)), ' ', step, ' ', value)",
		"SELECT * FROM db.step_scores_by_value(from = '2026-03-01 12:05:00', to = '2026-03-01 12:20:00', size_seconds = 420, dimension = 'device', values = 5)", byValue)
	compareSums(t, s, "concat(toString(toUnixTimestamp64Milli(window_start)), ' ', step)",
		"SELECT * FROM db.step_scores_by_on_time(from = '2026-03-01 12:05:00', to = '2026-03-01 12:20:00', size_seconds = 420)", onTime)
	compareSums(t, s, "concat(toString(toUnixTimestamp64Milli(window_start)), ' ', step, ' ', value)",
		"SELECT * FROM db.step_scores_by_value_on_time(from = '2026-03-01 12:05:00', to = '2026-03-01 12:20:00', size_seconds = 420, dimension = 'device', values = 5)", onTimeByValue)
}

func TestLongTailIsFoldedAfterTheTasksAreSummed(t *testing.T) {
	s := registered(t)
	for task, sizes := range []map[string]uint64{{"a": 10, "b": 9, "c": 1}, {"a": 1, "b": 9, "c": 11}} {
		rows := &score.Rows{}
		for value, n := range sizes {
			rows.Panes = append(rows.Panes, score.PaneRow{App: "x", Journey: "j", Step: "s", Dimension: "os", Value: value, PaneStart: ms(day), Size: 60_000, Sums: score.Sums{Visits: n}})
		}
		insert(t, s, Batch{stampOf(uint16(task), 1), rows})
	}
	got := ask(t, s, "SELECT value, visits FROM db.step_scores_by_value(from = '2026-03-01 12:00:00', to = '2026-03-01 13:00:00', size_seconds = 3600, dimension = 'os', values = 2) ORDER BY value FORMAT TSV")
	if want := "b\t18\nc\t12\nother\t11"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNarrowGuesses(t *testing.T) {
	s := registered(t)
	half := score.Sums{Visits: 2, Affected: 1, Pain: 480_000, PainSq: 230_400, DwellHist: []score.Count32{{Bucket: 0, N: 1}, {Bucket: 95, N: 1}}}
	half.Outcomes[1] = 2
	one := score.Sums{Visits: 1, Affected: 1, Pain: 480_000, PainSq: 230_400}
	one.Outcomes[0] = 1
	rows := &score.Rows{Windows: []score.WindowRow{
		{App: "a", Journey: "checkout", Step: "half", WindowStart: ms(day), Size: 300_000, Sums: half},
		{App: "a", Journey: "checkout", Step: "one", WindowStart: ms(day), Size: 300_000, Sums: one},
	}}
	insert(t, s, Batch{stampOf(0, 1), rows})
	got := ask(t, s, "SELECT step, score, round(score_se, 6), round(score_low, 6), low_sample, affected_share, exits, dwell_p50_ms, dwell_p95_ms, open FROM db.step_scores ORDER BY score_low DESC FORMAT TSV")
	// half: pains 0.48 and 0, mean 24, sd 0.339411, se 24; low 24 - 47.04 < 0. Its median
	// is the end of bucket 0, 119 ms; its 95th percentile the beginning of the open one.
	open := math.Round(100 * math.Pow(2, 95./4))
	want := "half\t24\t24\t0\ttrue\t0.5\t0\t119\t" + strconv.FormatFloat(open, 'f', -1, 64) + "\t0\n" +
		"one\t48\t\\N\t\\N\ttrue\t1\t0\t\\N\t\\N\t1"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFinalWaitsForAllTasks(t *testing.T) {
	s := registered(t)
	closed, open := score.Sums{Visits: 1}, score.Sums{Visits: 1}
	closed.Outcomes[1], open.Outcomes[0] = 1, 1
	window := func(step string, sums score.Sums) score.WindowRow {
		return score.WindowRow{App: "a", Journey: "j", Step: step, WindowStart: ms(day), Size: 300_000, Sums: sums}
	}
	progress := func(task uint16, version uint64, until int64, rows ...score.WindowRow) {
		stamp := stampOf(task, version)
		stamp.Tasks = 2
		insert(t, s, Batch{stamp, &score.Rows{Windows: rows, Progress: []score.ProgressRow{{Epoch: version, Watermark: ms(until), RowsUntil: ms(until)}}}})
	}
	final := func(want string) {
		t.Helper()
		if got := ask(t, s, "SELECT step, final FROM db.step_scores ORDER BY step FORMAT TSV"); strings.ReplaceAll(got, "\n", " ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	const settled = day + 300_000 + 600_000 // the end of the window, gap and grace
	progress(0, 1, settled, window("closed", closed), window("open", open))
	final("closed\tfalse open\tfalse") // task 1 has not reported
	progress(1, 1, settled-1)
	final("closed\tfalse open\tfalse")
	progress(1, 2, settled)
	final("closed\ttrue open\tfalse")
	if got := ask(t, s, "SELECT watermark FROM db.runs"); got != "2026-03-01T12:15:00.000Z" {
		t.Errorf("watermark of the run: %s", got)
	}
}

func TestProgressView(t *testing.T) {
	s := registered(t)
	insert(t, s, Batch{stampOf(3, 1), newRNG(1).rows(0)})
	got := ask(t, s, "SELECT group, task, tasks, lag, behind_ms, unaccounted, by_reason, settle_ms FROM db.progress FORMAT TSV")
	if want := "g\t3\t1\t7\t60000\t1\t{'malformed':2}\t600000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPainCanBeComputedAgainInSQL(t *testing.T) {
	s := registered(t)
	weights := map[string]Weight{}
	for kind, w := range score.DefaultWeights() {
		weights[kind] = Weight{w.Weight, uint32(w.Cap)}
	}
	if err := s.RegisterWeights(t.Context(), "", "w1", weights); err != nil {
		t.Fatal(err)
	}
	r, rows := newRNG(6), &score.Rows{}
	for i := range 500 {
		v := score.VisitRow{App: "a", Journey: "j", Step: "s", EnteredAt: ms(day + int64(i)), LeftAt: ms(never), Signals: r.counts(), Weights: "w1"}
		rest := 1.0
		for _, c := range v.Signals {
			w := weights[c.Name]
			rest *= math.Pow(1-w.Weight, float64(min(c.N, uint64(w.Cap))))
		}
		v.Pain = uint32(math.Round((1 - rest) * 1e6))
		rows.Visits = append(rows.Visits, v)
	}
	insert(t, s, Batch{stampOf(0, 1), rows})
	got := ask(t, s, `
WITH (SELECT mapFromArrays(groupArray(kind), groupArray((weight, cap))) FROM db.score_weights WHERE weights_version = 'w1') AS weights
SELECT count(), countIf(pain > 0), max(abs(pain - 1e6 * (1 - arrayFold(
    (rest, kind, n) -> rest * pow(1 - weights[kind].1, least(n, weights[kind].2)), mapKeys(signals), mapValues(signals), 1.)))) < 1
FROM db.step_visits FORMAT TSV`)
	if f := strings.Fields(got); len(f) != 3 || f[0] != "500" || f[1] == "0" || f[2] != "1" {
		t.Errorf("%q", got)
	}
}

// Looking up one session or one person must not read everything, in spite of FINAL.
func TestLookUpsUseTheirIndexes(t *testing.T) {
	s := registered(t)
	insert(t, s, Batch{stampOf(0, 1), newRNG(1).rows(10)})
	for _, view := range []string{"sessions", "step_visits", "signals"} {
		for index, where := range map[string]string{
			"by_session": "session_id = '00000000-0000-0000-0000-000000000001'",
			"by_user":    "user = 'nobody'",
		} {
			plan := ask(t, s, "EXPLAIN indexes = 1 SELECT * FROM db."+view+" WHERE "+where)
			if !strings.Contains(plan, index) {
				t.Errorf("%s by %s does not use its index:\n%s", view, where, plan)
			}
		}
	}
}

// A condition on time reaches the primary key of every view.
func TestTimeReachesThePrimaryKey(t *testing.T) {
	s := registered(t)
	insert(t, s, Batch{stampOf(0, 1), newRNG(1).rows(10)})
	for query, column := range map[string]string{
		"step_panes WHERE pane_start > '2026-03-01 12:00:00'":                                                    "pane_start",
		"step_panes_detail WHERE dimension = 'device' AND pane_start > '2026-03-01 12:00:00'":                    "pane_start",
		"step_visits WHERE entered_at > '2026-03-01 12:00:00'":                                                   "entered_at",
		"signals WHERE started_at > '2026-03-01 12:00:00'":                                                       "started_at",
		"sessions WHERE opened_at > '2026-03-01 12:00:00'":                                                       "opened_at",
		"step_scores_by(from = '2026-03-01 12:00:00', to = now(), size_seconds = 600) WHERE journey = 'site'":    "pane_start",
		"step_scores_by_value(from = '2026-03-01', to = now(), size_seconds = 600, dimension = 'd', values = 1)": "pane_start",
	} {
		plan := ask(t, s, "EXPLAIN indexes = 1 SELECT * FROM db."+query)
		_, key, _ := strings.Cut(plan, "PrimaryKey")
		key, _, _ = strings.Cut(key, "Condition")
		if !strings.Contains(key, column) {
			t.Errorf("%s: %s is not looked up in the primary key:\n%s", query, column, plan)
		}
	}
}

// Parameters travel as text: what now() gives must be understood in any session.
func TestNowIsRightInEveryTimeZone(t *testing.T) {
	s := registered(t)
	ask(t, s, "INSERT INTO db.step_panes_log (run, app, journey, pane_start, step, pane_size_ms, visits, version) SELECT 'g/r1', 'a', 'j', toStartOfMinute(now64(3)), 's', 60000, 7, 1")
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Kolkata"} {
		got := ask(t, s, "SELECT sum(visits) FROM db.step_scores_by(from = now() - INTERVAL 10 MINUTE, to = now() + INTERVAL 1 MINUTE, size_seconds = 60) SETTINGS session_timezone = '"+zone+"'")
		if got != "7" {
			t.Errorf("in %s: %s visits, want 7", zone, got)
		}
		if got := ask(t, s, "SELECT toUnixTimestamp(window_start) % 86400, toTypeName(window_start) FROM db.step_scores_by(from = now() - INTERVAL 1 DAY, to = now() + INTERVAL 1 DAY, size_seconds = 86400) SETTINGS session_timezone = '"+zone+"' FORMAT TSV"); got != "0\tDateTime64(3, \\'UTC\\')" {
			t.Errorf("in %s: days begin at %s, want midnight UTC", zone, got)
		}
	}
}
