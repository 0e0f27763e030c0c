package sink

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"friction/pipeline/score"
)

// registered is a migrated sink with run g/r1 in force.
func registered(t testing.TB) *Sink {
	t.Helper()
	s := migrated(t)
	if err := s.Register(t.Context(), "g", "r1"); err != nil {
		t.Fatal(err)
	}
	return s
}

func stampOf(task uint16, version uint64) score.Stamp {
	return score.Stamp{Group: "g", Run: "r1", Task: task, Version: version, Tasks: 1, Settle: 600_000}
}

var baseTables = []string{
	"sessions_log", "step_visits_log", "signals_log", "step_windows_log", "step_panes_log", "late_events_log", "rejected_events_log", "progress_log",
}

func insert(t testing.TB, s *Sink, batches ...Batch) {
	t.Helper()
	if err := s.Insert(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, s *Sink, from string) int {
	t.Helper()
	n, err := strconv.Atoi(ask(t, s, "SELECT count() FROM "+from))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRepeatedInsertChangesNothing(t *testing.T) {
	s := registered(t)
	a, b := Batch{stampOf(0, 5), newRNG(1).rows(50)}, Batch{stampOf(1, 5), newRNG(2).rows(50)}
	insert(t, s, a, b)
	before := map[string]int{}
	for _, table := range baseTables {
		before[table] = count(t, s, "db."+table)
	}
	insert(t, s, a, b)
	for _, table := range baseTables {
		if n := count(t, s, "db."+table); n != before[table] {
			t.Errorf("%s: %d rows after the same insert again, %d before", table, n, before[table])
		}
	}
	// Cut otherwise, as after a crash: other tokens, so rows come twice, and once under FINAL.
	insert(t, s, a)
	insert(t, s, b)
	for _, table := range baseTables {
		if n := count(t, s, "db."+table+" FINAL"); n != before[table] {
			t.Errorf("%s: %d rows under FINAL, want %d", table, n, before[table])
		}
	}
	if n := count(t, s, "db.sessions"); n != 100 {
		t.Errorf("the view has %d sessions, want 100", n)
	}
}

func TestHighestVersionStands(t *testing.T) {
	visit := func(pain uint32) *score.Rows {
		return &score.Rows{Visits: []score.VisitRow{{App: "a", Journey: "j", Step: "s", EnteredAt: ms(day), LeftAt: ms(never), Pain: pain}}}
	}
	s := registered(t)
	for _, v := range []struct {
		version uint64
		pain    uint32
	}{{score.Version(1, 7), 10}, {score.Version(2, 1), 30}, {score.Version(1, 9), 20}} {
		insert(t, s, Batch{stampOf(0, v.version), visit(v.pain)})
	}
	if got := ask(t, s, "SELECT pain FROM db.step_visits"); got != "30" {
		t.Errorf("pain %s, want that of birth 2, which came between", got)
	}
}

func TestInsertSpansAtMostFiftyPartitions(t *testing.T) {
	s := registered(t)
	rows := &score.Rows{}
	for i := range 2000 { // 120 months, one after the other and over again
		at := int64(946_684_800_000) + int64(i%120)*31*86_400_000
		rows.Sessions = append(rows.Sessions, score.SessionRow{App: "a", SessionID: newRNG(uint64(i)).digest(), OpenedAt: ms(at), StartedAt: ms(at), EndedAt: ms(at)})
	}
	var blocks []int
	months := map[int64]bool{}
	for b := range sessionTable().blocks([]stamped{{newStamp(stampOf(0, 1), rows), rows}}, 50_000) {
		blocks = append(blocks, b.rows)
		in := map[int64]bool{}
		for i, c := range b.columns {
			if c.Name == "opened_at" {
				for _, at := range b.values[i].([]int64) {
					in[monthOf(at)], months[monthOf(at)] = true, true
				}
			}
		}
		if len(in) > maxPartitions {
			t.Errorf("an insert of %d partitions", len(in))
		}
	}
	if want := (len(months) + maxPartitions - 1) / maxPartitions; len(blocks) != want {
		t.Errorf("%d inserts for %d months, want %d", len(blocks), len(months), want)
	}
	insert(t, s, Batch{stampOf(0, 1), rows})
	if n := count(t, s, "db.sessions"); n != 2000 {
		t.Errorf("%d sessions, want 2000", n)
	}
	if n, _ := strconv.Atoi(ask(t, s, "SELECT uniqExact(toYYYYMM(opened_at)) FROM db.sessions")); n != len(months) {
		t.Errorf("the server sees %d months, we %d", n, len(months))
	}
}

func TestBlocksAreCutBySize(t *testing.T) {
	rows := newRNG(3).rows(25)
	var sizes []int
	tokens := map[string]bool{}
	for b := range visitTable().blocks([]stamped{{newStamp(stampOf(0, 1), rows), rows}}, 10) {
		sizes = append(sizes, b.rows)
		tokens[b.token] = true
	}
	if fmt.Sprint(sizes) != "[10 10 5]" || len(tokens) != 3 {
		t.Errorf("blocks of %v with %d tokens", sizes, len(tokens))
	}
}

func TestTokenFollowsContent(t *testing.T) {
	token := func(version uint64, change func(*score.Rows)) string {
		rows := newRNG(4).rows(5)
		change(rows)
		for b := range visitTable().blocks([]stamped{{newStamp(stampOf(0, version), rows), rows}}, 10) {
			return b.token
		}
		return ""
	}
	same := token(1, func(*score.Rows) {})
	if token(1, func(*score.Rows) {}) != same {
		t.Error("equal rows have different tokens")
	}
	for name, other := range map[string]string{
		"version": token(2, func(*score.Rows) {}),
		"pain":    token(1, func(r *score.Rows) { r.Visits[4].Pain++ }),
		"text":    token(1, func(r *score.Rows) { r.Visits[0].User += "x" }),
		"map":     token(1, func(r *score.Rows) { r.Visits[1].Signals = append(r.Visits[1].Signals, score.Count{Name: "x", N: 1}) }),
		"order":   token(1, func(r *score.Rows) { r.Visits[0], r.Visits[1] = r.Visits[1], r.Visits[0] }),
	} {
		if other == same {
			t.Errorf("another %s has the same token: the server would drop the rows", name)
		}
	}
}

func TestTimesNobodyCanStoreAreMovedNotRefused(t *testing.T) {
	s := registered(t)
	rows := &score.Rows{
		Rejected: []score.RejectedRow{
			{Topic: "a", Offset: 1, RecordTime: ms(-1)}, {Topic: "a", Offset: 2, RecordTime: ms(-1 << 62)}, {Topic: "a", Offset: 3, RecordTime: ms(1 << 62)},
		},
		Progress: []score.ProgressRow{{Watermark: ms(-1 << 63), RowsUntil: ms(1<<63 - 1)}},
	}
	insert(t, s, Batch{stampOf(0, 1), rows})
	got := ask(t, s, "SELECT offset, record_time FROM db.rejected_events ORDER BY offset FORMAT TSV")
	want := "1\t1969-12-31T23:59:59.999Z\n2\t1900-01-01T00:00:00.000Z\n3\t2262-04-11T23:47:16.854Z"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := ask(t, s, "SELECT watermark, rows_until FROM db.progress FORMAT TSV"); got != "1900-01-01T00:00:00.000Z\t2262-04-11T23:47:16.854Z" {
		t.Errorf("progress: %s", got)
	}
}

func TestProgressOfARun(t *testing.T) {
	s := registered(t)
	for _, p := range []struct {
		task         uint16
		birth, epoch uint64
	}{{0, 1, 8}, {0, 2, 3}, {1, 1, 5}, {1, 1, 4}} {
		insert(t, s, Batch{stampOf(p.task, score.Version(p.birth, p.epoch)), &score.Rows{Progress: []score.ProgressRow{{Birth: p.birth, Epoch: p.epoch}}}})
	}
	got, err := s.Progress(t.Context(), "g", "r1")
	if err != nil || fmt.Sprint(got) != "map[0:{2 3} 1:{1 5}]" {
		t.Errorf("%v, %v", got, err)
	}
	if other, err := s.Progress(t.Context(), "g", "r2"); err != nil || len(other) != 0 {
		t.Errorf("of a run that never was: %v, %v", other, err)
	}
}

func TestObserverSeesInserts(t *testing.T) {
	cfg := registered(t).cfg
	rows := map[string]int{}
	s, err := Open(cfg, nil, Observer{Inserted: func(table string, n int, _ time.Duration) { rows[table] += n }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.cfg.Connections = 1
	if err := s.Insert(context.Background(), []Batch{{stampOf(0, 1), newRNG(5).rows(3)}}); err != nil {
		t.Fatal(err)
	}
	if rows["sessions_log"] != 3 || rows["progress_log"] != 1 {
		t.Errorf("%v", rows)
	}
}
