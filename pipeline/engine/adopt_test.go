package engine_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/scenario"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
	"friction/pipeline/signals"
)

// adopt makes a machine of another configuration go on from this one.
func (m *machine) adopt(c engine.Config) *machine {
	m.t.Helper()
	next := start(m.t, c, "clickstream")
	next.rows, next.offset = m.rows, m.offset
	if err := next.Adopt(m.Engine, m.AppendState(nil)); err != nil {
		m.t.Fatal(err)
	}
	return next
}

func click(id string) event.Event {
	return event.Event{Type: event.Click, Target: &event.Target{ID: id}}
}

// An error click that waits for a rage is let go when rage clicks are no longer looked for.
func TestAdoptingWithoutRageLetsGoOfWhatWaitedForIt(t *testing.T) {
	c := engine.DefaultConfig()
	c.Signals.KeepOnly(signals.RageClick, signals.ErrorClick)
	m := start(t, c, "clickstream")
	m.read(0, "ada", noon, view("/a"))
	m.read(0, "ada", at(time.Second), click("pay"))
	m.read(0, "ada", at(1100*time.Millisecond), event.Event{Type: event.ErrorType})
	if got := m.to(at(1200 * time.Millisecond)); len(got.Signals) != 0 {
		t.Fatalf("held back: %+v", got.Signals)
	}
	c.Signals.RageClick.Enabled = false
	m = m.adopt(c)
	m.read(0, "ada", at(1300*time.Millisecond), click("pay"))
	got := m.to(m.ClosingWatermark())
	if len(got.Signals) != 1 || got.Signals[0].Kind != "error_click" || got.Signals[0].AbsorbedBy != "" {
		t.Errorf("want one error click: %+v", got.Signals)
	}
}

// New weights apply to what is written from then on, and sums follow.
func TestAdoptingOtherWeights(t *testing.T) {
	c := engine.DefaultConfig()
	c.Signals.FailedRequest.Enabled = false // it would be found after the change, and write the first visit again
	m := start(t, c, "clickstream")
	fail := event.Event{Type: event.Request, Op: "POST /pay", Status: 502}
	for _, user := range []string{"gone", "here"} {
		m.read(0, user, noon, view("/pay"))
		m.read(0, user, at(time.Second), fail)
		m.read(0, user, at(2*time.Second), fail)
	}
	m.read(0, "gone", at(40*time.Second), view("/home"))
	m.to(at(time.Minute))
	c.Score.Weights = map[string]score.Weight{"retry": {Weight: 0.5, Cap: 1}}
	m = m.adopt(c)
	got := m.to(m.ClosingWatermark())
	pains := map[string]uint32{}
	versions := map[string]string{}
	for _, v := range got.Visits {
		if v.Step == "/pay" {
			pains[v.User], versions[v.User] = v.Pain, v.Weights
		}
	}
	if pains["gone"] != 200_000 || pains["here"] != 500_000 || versions["gone"] == versions["here"] {
		t.Errorf("pains %v, versions %v; want 0.2 under the old weights, 0.5 under the new", pains, versions)
	}
	for _, p := range got.Panes {
		if p.Step == "/pay" && p.Sums.Pain != 700_000 {
			t.Errorf("pane %s=%s has pain %d, want the sum of its visits", p.Dimension, p.Value, p.Sums.Pain)
		}
	}
	if wrong := windowsOfPanes(got); wrong != "" {
		t.Error(wrong)
	}
}

// A journey of other steps begins anew; one that stays goes on, wherever it now stands in the list.
func TestAdoptingOtherJourneys(t *testing.T) {
	step := func(name string) journey.Step {
		return journey.Step{Name: name, Match: []journey.Match{{Page: journey.Values{"/" + name}}}}
	}
	stays := journey.Journey{Name: "stays", Steps: []journey.Step{step("a"), step("b"), step("c")}}
	c := engine.DefaultConfig()
	c.Journeys.List = []journey.Journey{{Name: "goes", Steps: []journey.Step{step("a"), step("x")}}, stays}
	m := start(t, c, "clickstream")
	m.read(0, "ada", noon, view("/a"))
	m.to(at(time.Second))
	c.Journeys.List = []journey.Journey{stays, {Name: "goes", Steps: []journey.Step{step("b"), step("x")}}}
	m = m.adopt(c)
	m.read(0, "ada", at(2*time.Second), view("/b"))
	got := m.to(m.ClosingWatermark())
	outcomes := map[string]string{}
	for _, v := range got.Visits {
		outcomes[v.Journey+":"+v.Step] = v.Outcome.String()
	}
	for visit, want := range map[string]string{
		"stays:a": "advanced", "stays:b": "dropped", "goes:b": "dropped", "goes:a": "dropped", "site:/a": "advanced", "site:/b": "dropped",
	} {
		if outcomes[visit] != want {
			t.Errorf("%s is %q, want %q", visit, outcomes[visit], want)
		}
	}
}

func TestPanesCannotBeCutAgain(t *testing.T) {
	m := start(t, engine.DefaultConfig(), "clickstream")
	for _, change := range []func(*score.Config){
		func(c *score.Config) { c.Slide = 30 * time.Second },
		func(c *score.Config) { c.Size = 10 * time.Minute },
		func(c *score.Config) { c.Segments = []string{"device"} },
	} {
		c := engine.DefaultConfig()
		change(&c.Score)
		next, err := engine.New(c, []string{"clickstream"})
		if err != nil {
			t.Fatal(err)
		}
		if err := next.Adopt(m.Engine, m.AppendState(nil)); err == nil {
			t.Errorf("adopted with %+v", c.Score)
		}
	}
}

// Any two configurations that cut panes alike can follow each other, whatever is going on.
func TestAnyConfigurationCanFollow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world.Draw(t, anything)
		d, err := scenario.NewDrive(w)
		if err != nil {
			t.Fatal(err)
		}
		half := rapid.IntRange(0, len(w.Log)).Draw(t, "half")
		d.Add(w.Log[:half])
		if err := d.Run(event.Beginning); err != nil {
			t.Fatal(err)
		}
		other := world.Draw(t, anything).Config
		other.Score.Slide, other.Score.Size = w.Config.Score.Slide, w.Config.Score.Size
		other.Signals.RageClick.Enabled = rapid.Bool().Draw(t, "rage")
		other.Signals.ErrorClick.Enabled = rapid.Bool().Draw(t, "errors")
		next, err := engine.New(other, w.Topics)
		if err != nil {
			t.Fatal(err)
		}
		if err := next.Adopt(d.Engine, d.Engine.AppendState(nil)); err != nil {
			t.Fatal(err)
		}
		d.Engine = next
		d.Add(w.Log[half:])
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if wrong := windowsOfPanes(tables.Last(d.Rows...)); wrong != "" {
			t.Fatal(wrong)
		}
	})
}
