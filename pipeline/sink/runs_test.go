package sink

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"friction/pipeline/score"
)

// states lists the runs of group g as "name state".
func states(t *testing.T, s *Sink) string {
	t.Helper()
	runs, err := s.Runs(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range runs {
		out = append(out, r.Name+" "+string(r.State))
	}
	return strings.Join(out, ", ")
}

func TestOneRunIsInForce(t *testing.T) {
	s := migrated(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	see := func(want string) {
		t.Helper()
		if got := states(t, s); got != want {
			t.Fatalf("runs: %s, want %s", got, want)
		}
	}
	// shown is what each view shows: the run whose rows they are, or nothing.
	shown := func(want string) {
		t.Helper()
		for _, view := range []string{"sessions", "step_visits", "signals", "late_events", "rejected_events", "progress"} {
			if got := ask(t, s, "SELECT arrayStringConcat(groupUniqArray(run), ' ') FROM db."+view); got != want {
				t.Errorf("%s shows run %q, want %q", view, got, want)
			}
		}
		visits := map[string]string{"g/r1": "1", "g/r2": "2", "": "0"}[want]
		for _, view := range []string{
			"step_scores", "step_panes", "step_panes_detail", "step_scores_by(from = '2026-01-01', to = '2027-01-01', size_seconds = 3600)",
			"step_scores_by_value(from = '2026-01-01', to = '2027-01-01', size_seconds = 3600, dimension = 'os', values = 3)",
		} {
			if got := ask(t, s, "SELECT sum(visits) FROM db."+view); got != visits {
				t.Errorf("%s shows %s visits, want %s", view, got, visits)
			}
		}
	}
	write := func(run string, visits uint64) {
		t.Helper()
		rows := newRNG(9).rows(1)
		sums := score.Sums{Visits: visits}
		rows.Windows = []score.WindowRow{{App: "a", Journey: "j", Step: "s", WindowStart: ms(day), Size: 300_000, Sums: sums}}
		rows.Panes = []score.PaneRow{
			{App: "a", Journey: "j", Step: "s", PaneStart: ms(day), Size: 60_000, Sums: sums},
			{App: "a", Journey: "j", Step: "s", PaneStart: ms(day), Size: 60_000, Sums: sums, Dimension: "os", Value: "x"},
		}
		insert(t, s, Batch{score.Stamp{Group: "g", Run: run, Version: visits}, rows})
	}

	must(s.Register(t.Context(), "g", "r1"))
	must(s.Register(t.Context(), "g", "r1"))
	write("r1", 1)
	see("r1 in_force")
	shown("g/r1")

	must(s.Register(t.Context(), "g", "r2"))
	write("r2", 2)
	see("r1 in_force, r2 standby")
	shown("g/r1")

	must(s.Promote(t.Context(), "g", "r2"))
	see("r1 standby, r2 in_force")
	shown("g/r2")
	must(s.Register(t.Context(), "g", "r1"))
	see("r1 standby, r2 in_force")

	must(s.Withdraw(t.Context(), "g", "r2"))
	see("r1 in_force, r2 withdrawn")
	shown("g/r1")
	must(s.Register(t.Context(), "g", "r2"))
	see("r1 in_force, r2 withdrawn")

	must(s.Withdraw(t.Context(), "g", "r1"))
	see("r1 withdrawn, r2 withdrawn")
	shown("")

	must(s.Register(t.Context(), "g", "r3"))
	see("r1 withdrawn, r2 withdrawn, r3 in_force")
	must(s.Promote(t.Context(), "g", "r1"))
	see("r1 in_force, r2 withdrawn, r3 standby")
	shown("g/r1")
}

func TestGroupsDecideForThemselves(t *testing.T) {
	s := migrated(t)
	for _, r := range [][2]string{{"g", "r1"}, {"h", "r1"}, {"h", "r2"}} {
		if err := s.Register(t.Context(), r[0], r[1]); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := s.Runs(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, fmt.Sprintf("%s/%s %s", r.Group, r.Name, r.State))
	}
	if want := "g/r1 in_force, h/r1 in_force, h/r2 standby"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestUnknownRunsAreRefused(t *testing.T) {
	s := migrated(t)
	if err := s.Promote(t.Context(), "g", "nope"); err == nil || !strings.Contains(err.Error(), "g/nope") {
		t.Errorf("promote: %v", err)
	}
	if err := s.Register(t.Context(), "g", "a/b"); err == nil {
		t.Error("a run with a slash was registered")
	}
	if err := s.Register(t.Context(), "", "a"); err == nil {
		t.Error("a run without a group was registered")
	}
	if runs, err := s.Runs(t.Context(), ""); err != nil || len(runs) != 0 {
		t.Errorf("%v, %v", runs, err)
	}
}

func TestRegisteringAtOnceLeavesOneInForce(t *testing.T) {
	s := migrated(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := s.Register(t.Context(), "g", fmt.Sprintf("r%d", i%4)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	runs, err := s.Runs(t.Context(), "g")
	if err != nil || len(runs) != 4 {
		t.Fatalf("%v, %v", runs, err)
	}
	inForce := 0
	for _, r := range runs {
		if r.State == InForce {
			inForce++
		}
	}
	if inForce != 1 {
		t.Errorf("%d runs in force: %v", inForce, runs)
	}
}
