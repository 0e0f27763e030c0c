package engine_test

import (
	"fmt"
	"testing"
	"time"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/score"
)

// A user who sends very many pages long after keeps few of them in memory, and each counts once, also across restarts.
func TestAnOverdueSessionOfManyPagesStaysSmall(t *testing.T) {
	c := engine.DefaultConfig()
	const pages = 4000
	feed := func(restart bool) (rows *score.Rows, largest int) {
		m := start(t, c, "clickstream")
		m.read(0, "clock", at(6*time.Hour), view("/x"))
		for i := range pages {
			m.read(0, "ada", at(time.Duration(i)*time.Second), view(fmt.Sprintf("/%d", i%5)))
			if i%200 == 0 {
				m.read(0, "clock", at(6*time.Hour+time.Duration(i)*100*time.Millisecond), view("/x"))
				m.to(m.Reachable(nil))
				state := m.AppendState(nil)
				largest = max(largest, len(state))
				if restart {
					fresh := start(t, c, "clickstream")
					if err := fresh.LoadState(state); err != nil {
						t.Fatal(err)
					}
					m.Engine = fresh.Engine
				}
			}
		}
		return m.to(m.ClosingWatermark()), largest
	}
	rows, largest := feed(false)
	again, _ := feed(true)
	if diff := tables.Fold(again).Diff(tables.Fold(rows)); diff != "" {
		t.Error(diff)
	}
	if largest > 100_000 {
		t.Errorf("its state has %d bytes", largest)
	}
	visits, parts := uint64(0), map[event.Millis]bool{}
	for _, p := range rows.Panes {
		if p.Dimension == "" && p.Part != 0 {
			visits += p.Sums.Visits
			parts[p.Part] = true
		}
	}
	if visits != pages || len(parts) < 2 {
		t.Errorf("%d visits are counted in %d parts, want %d in several", visits, len(parts), pages)
	}
	if wrong := panesOfVisits(rows); wrong != "" {
		t.Error(wrong)
	}
}

// An overdue session is counted in the pane of the millisecond in which it closes: the first one more than gap and grace
// after it took its last event.
func TestAPartIsThePaneInWhichTheSessionCloses(t *testing.T) {
	for taken, want := range map[time.Duration]time.Duration{
		5*time.Hour + 59_998*time.Millisecond: 5*time.Hour + 31*time.Minute,
		5*time.Hour + 59_999*time.Millisecond: 5*time.Hour + 32*time.Minute,
	} {
		m := start(t, engine.DefaultConfig(), "clickstream")
		m.read(0, "clock", at(taken+10*time.Second), view("/x"))
		m.read(0, "ada", noon, view("/a"))
		for _, p := range m.to(m.ClosingWatermark()).Panes {
			if p.Step == "/a" && p.Part != at(want) {
				t.Errorf("taken at %v: part %v after noon, want %v", taken, time.Duration(p.Part-noon)*time.Millisecond, want)
			}
		}
		if m.Counters().Overdue != 1 {
			t.Errorf("%+v", m.Counters())
		}
	}
}
