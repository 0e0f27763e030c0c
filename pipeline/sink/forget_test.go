package sink

import (
	"strings"
	"testing"

	"friction/pipeline/score"
)

// peopled writes rows of three users in two runs, two apps and two versions.
func peopled(t *testing.T, s *Sink) {
	t.Helper()
	for _, run := range []string{"r1", "r2"} {
		if err := s.Register(t.Context(), "g", run); err != nil {
			t.Fatal(err)
		}
		for version := range uint64(2) {
			rows := &score.Rows{}
			for i, who := range []struct{ app, user, account string }{{"a", "ann", "4711"}, {"a", "it's \\me", "4711"}, {"b", "ann", ""}, {"a", "bob", "12"}} {
				id := [16]byte{15: byte(i + 1)}
				rows.Sessions = append(rows.Sessions, score.SessionRow{App: who.app, SessionID: id, User: who.user, Account: who.account, OpenedAt: ms(day)})
				rows.Visits = append(rows.Visits, score.VisitRow{App: who.app, Journey: "j", Step: "s", SessionID: id, User: who.user, Attempt: 1, Visit: 1, EnteredAt: ms(day)})
				rows.Signals = append(rows.Signals, score.SignalRow{App: who.app, SignalID: id, Kind: "retry", SessionID: id, User: who.user, StartedAt: ms(day)})
				rows.Late = append(rows.Late, score.LateRow{Topic: "t", Offset: int64(i), App: who.app, User: who.user, RecordTime: ms(day), EventTime: ms(day)})
			}
			insert(t, s, Batch{score.Stamp{Group: "g", Run: run, Version: version + 1, Tasks: 1}, rows})
		}
	}
}

// left lists who is still there, over all tables, versions and runs.
func left(t *testing.T, s *Sink, table string) string {
	t.Helper()
	return ask(t, s, "SELECT arrayStringConcat(arraySort(groupUniqArray(concat(app, ':', user))), ' ') FROM db."+table)
}

func TestForgetDeletesAUserEverywhere(t *testing.T) {
	s := migrated(t)
	peopled(t, s)
	everyone := "a:ann a:bob a:it's \\\\\\\\me b:ann"
	found, err := s.Holdings(t.Context(), Person{Users: []string{"ann"}})
	if err != nil || len(found) != 4 {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, h := range found {
		if h.Rows < 4 || h.First.UnixMilli() != day || h.Last.UnixMilli() != day { // 2 apps × 2 runs; older versions may have been merged away
			t.Errorf("%+v", h)
		}
		if got := left(t, s, h.Table); strings.Count(got, ":") != 4 {
			t.Errorf("counting has changed %s: %s, want %s", h.Table, got, everyone)
		}
	}
	if err := s.Forget(t.Context(), Person{App: "b", Users: []string{"ann"}}, nil); err != nil {
		t.Fatal(err)
	}
	if got := left(t, s, "sessions_log"); !strings.HasPrefix(got, "a:ann a:bob ") || strings.Contains(got, "b:") {
		t.Errorf("of app b: %s", got)
	}
	told := map[string]bool{}
	person := Person{Users: []string{"k1:0123", "it's \\me", "ann"}}
	if err := s.Forget(t.Context(), person, func(table string, _ uint64) { told[table] = true }); err != nil {
		t.Fatal(err)
	}
	for _, h := range found {
		if got := left(t, s, h.Table); got != "a:bob" {
			t.Errorf("%s still has %s", h.Table, got)
		}
		if got := ask(t, s, "SELECT count() FROM db."+h.Table+" FINAL"); got != "2" {
			t.Errorf("%s has %s rows of bob, want one a run", h.Table, got)
		}
	}
	if found, err = s.Holdings(t.Context(), person); err != nil || found[0].Rows != 0 || !found[0].First.IsZero() {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestForgetAnAccount(t *testing.T) {
	s := migrated(t)
	peopled(t, s)
	if err := s.Forget(t.Context(), Person{Account: "4711"}, nil); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"sessions_log", "step_visits_log", "signals_log"} {
		if got := left(t, s, table); got != "a:bob b:ann" {
			t.Errorf("%s still has %s", table, got)
		}
	}
	for _, p := range []Person{{}, {Users: []string{"x"}, Account: "y"}} {
		if err := s.Forget(t.Context(), p, nil); err == nil {
			t.Errorf("%+v was forgotten", p)
		}
	}
}

// Every table with a column that names people is emptied of them.
func TestForgetKnowsEveryTableThatNamesPeople(t *testing.T) {
	s := migrated(t)
	want := ask(t, s, "SELECT arrayStringConcat(arraySort(groupUniqArray(table)), ' ') FROM system.columns"+
		" WHERE database = '"+s.cfg.Database+"' AND table LIKE '%\\_log' AND name IN ('user', 'account')")
	var have []string
	for _, p := range personal {
		have = append(have, p.table)
	}
	if len(strings.Fields(want)) != len(have) {
		t.Errorf("tables that name people are %s, forget knows %v", want, have)
	}
	for _, table := range have {
		if !strings.Contains(want, table) {
			t.Errorf("%s names nobody", table)
		}
	}
}
