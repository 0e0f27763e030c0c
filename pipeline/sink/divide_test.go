package sink

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"friction/pipeline/score"
)

// poisoned is a sink whose table of sessions refuses some users, and a list of
// what it sets aside.
func poisoned(t *testing.T, check string) (*Sink, func() []Refused, *atomic.Int32) {
	t.Helper()
	front, cfg := breakFirst(t, registered(t).cfg, 0, nil)
	var refused []Refused
	s, err := Open(cfg, nil, Observer{Refused: func(r Refused) { refused = append(refused, r) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ask(t, s, "ALTER TABLE db.sessions_log ADD CONSTRAINT no_poison CHECK "+check)
	return s, func() []Refused { list := refused; refused = nil; return list }, &front.tries
}

func sessionsOf(n int, user func(i int) string) *score.Rows {
	rows := &score.Rows{}
	for i := range n {
		rows.Sessions = append(rows.Sessions, score.SessionRow{SessionID: [16]byte{byte(i >> 8), byte(i)}, User: user(i), OpenedAt: ms(day), StartedAt: ms(day), EndedAt: ms(day)})
	}
	return rows
}

// Rows that ClickHouse refuses by themselves are found and set aside, whole; all
// others arrive, in inserts whose number grows with the rows refused, not with the
// rows; and the same insert again sets the same rows aside and adds none.
func TestPoisonRowsAreSetAside(t *testing.T) {
	s, refused, tries := poisoned(t, "NOT startsWith(user, 'poison')")
	poison := map[int]bool{0: true, 1: true, 700: true, 1999: true}
	rows := sessionsOf(2000, func(i int) string {
		if poison[i] {
			return "poison " + secret
		}
		return fmt.Sprint("user ", i)
	})
	var first []string
	for round := range 2 {
		before := tries.Load()
		insert(t, s, Batch{stampOf(3, 7), rows})
		var lines []string
		for _, r := range refused() {
			if r.Table != "sessions_log" || r.Stamp.Task != 3 || r.Stamp.Version != 7 || !strings.Contains(r.Why, "VIOLATED_CONSTRAINT") || strings.Contains(r.Why, secret) {
				t.Errorf("%+v", r)
			}
			if !strings.HasPrefix(string(r.Line), `{"table":"sessions",`) || !strings.Contains(string(r.Line), secret) {
				t.Errorf("the row as a line: %s", r.Line)
			}
			lines = append(lines, string(r.Line))
		}
		if slices.Sort(lines); len(lines) != len(poison) || round > 0 && !slices.Equal(lines, first) {
			t.Errorf("round %d: %d rows set aside, want %d and the same ones", round, len(lines), len(poison))
		}
		first = lines
		if n := count(t, s, "db.sessions"); n != 2000-len(poison) {
			t.Errorf("round %d: %d sessions, want %d", round, n, 2000-len(poison))
		}
		if n := tries.Load() - before; n > 2*11*int32(len(poison))+10 { // two halves a level
			t.Errorf("round %d: %d inserts", round, n)
		}
	}
}

// When none of the rows is taken, the table is to blame as well as they: they wait,
// and are not set aside. In the company of a row that is taken they are known.
func TestATableThatTakesNothingKeepsItsRows(t *testing.T) {
	s, refused, tries := poisoned(t, "user = 'the only one'")
	for _, n := range []int{1, 3, 5000} {
		err := s.Insert(t.Context(), []Batch{{stampOf(0, 1), sessionsOf(n, func(int) string { return secret })}})
		mustTell(t, err, "sessions_log", "VIOLATED_CONSTRAINT")
		if got := refused(); len(got) > 0 {
			t.Errorf("%d of %d rows were set aside", len(got), n)
		}
	}
	if n := tries.Load(); n > 400 {
		t.Errorf("%d inserts", n)
	}
	insert(t, s, Batch{stampOf(0, 1), sessionsOf(3, func(i int) string { return []string{secret, "the only one", secret}[i] })})
	if got := refused(); len(got) != 2 {
		t.Errorf("%d rows set aside, want 2", len(got))
	}
}
