package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/tuning"
)

// readApp reads an event of an app.
func (m *machine) readApp(app, user string, at event.Millis, e event.Event) {
	e.App, e.User, e.Time, e.Key = app, user, at, m.keyer.Key(app, user, "")
	*m.Slot() = e
	m.Add(&event.Record{Offset: m.offset, Time: at})
	m.offset++
}

// Apps beyond the limit are counted under `other`. One without an open session makes room, the longest idle first; one
// that the configuration names never does.
func TestAppsBeyondTheLimitAreOther(t *testing.T) {
	c := engine.DefaultConfig()
	c.Sessions.MaxApps, c.Sessions.Gap, c.Sessions.Grace, c.Sessions.Disorder = 3, time.Minute, 0, 0
	c.Signals.Overrides = []tuning.Override{{App: journey.Values{"named"}, Signals: []string{"retry"}, Off: true}}
	m := start(t, c, "events")
	for i, app := range []string{"a", "b", "c"} { // c is one too many: named has a place
		m.readApp(app, "ann", at(time.Duration(i)*time.Second), view("/"))
	}
	m.readApp("b", "ann", at(50*time.Second), view("/b")) // b is idle later than a
	m.readApp("c", "bea", at(5*time.Minute), view("/"))   // takes the place of a
	m.readApp("a", "bea", at(10*time.Minute), view("/"))  // takes the place of b
	m.readApp("named", "bea", at(10*time.Minute), view("/"))
	m.readApp("other", "bea", at(10*time.Minute), view("/"))
	m.readApp("b", "bea", at(10*time.Minute+time.Second), view("/")) // takes the place of c
	m.readApp("c", "eve", at(10*time.Minute+2*time.Second), view("/"))
	rows := m.to(m.ClosingWatermark())
	var got []string
	for _, s := range rows.Sessions {
		got = append(got, fmt.Sprintf("%s %s %d", s.App, s.User, (s.StartedAt-noon)/1000))
	}
	slices.Sort(got)
	want := []string{"a ann 0", "a bea 600", "b ann 1", "b bea 601", "c bea 300", "named bea 600", "other ann 2", "other bea 600", "other eve 602"}
	if !slices.Equal(got, want) {
		t.Errorf("sessions are counted under\n%q\nwant\n%q", got, want)
	}
	for _, v := range rows.Visits {
		if v.App == "other" && v.Step != "/" {
			t.Errorf("a visit of %s is counted under %s", v.App, v.Step)
		}
	}
	if n := m.Counters().ByLimit[event.LimitApps]; n != 3 {
		t.Errorf("%d sessions beyond the limit of apps are counted, want 3", n)
	}
}

// However many apps and pages come, what is kept of them has an end.
func TestAppsAndPagesAreForgotten(t *testing.T) {
	c := engine.DefaultConfig()
	c.Sessions.MaxApps, c.Sessions.Gap, c.Sessions.Grace, c.Sessions.AcceptLate = 20, time.Minute, 0, 0
	c.Journeys.Site.MaxPages = 5
	size := func(rounds int) int {
		m := start(t, c, "events")
		now := time.Duration(0)
		for i := range rounds {
			for k := range 30 { // more than there are places for, all of them idle by the next round
				app := fmt.Sprintf("app%d-%d", i, k)
				for page := range 8 {
					m.readApp(app, "ann", at(now), view(fmt.Sprintf("/%d/%d", i, page)))
				}
			}
			for page := range 40 {
				m.readApp("stays", fmt.Sprint("user", i), at(now), view(fmt.Sprintf("/%d/%d", i, page)))
			}
			now += 70 * time.Minute
			m.to(at(now))
		}
		return len(m.AppendState(nil))
	}
	if few, many := size(5), size(50); many > few+few/5 {
		t.Errorf("%d bytes of state after 5 rounds, %d after 50", few, many)
	}
}
