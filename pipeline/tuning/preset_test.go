package tuning

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// presetCase is one case of a file in testdata/presets:
//
//	case WHAT HAPPENS (ORIGIN)
//	10 click 100,100 #target
//	20 click 110,110
//	30 selection
//	= 1
//
// Each line is a time in ms and what came then; the verdict is how many rages
// were found.
type presetCase struct {
	title   string
	events  []*event.Event
	verdict int
	line    int
}

func readPresetCases(t *testing.T, file string) (cases []presetCase) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "case":
			cases = append(cases, presetCase{title: strings.TrimPrefix(line, "case "), line: n + 1, verdict: -1})
		case words[0] == "=":
			if _, err := fmt.Sscan(words[1], &cases[len(cases)-1].verdict); err != nil {
				t.Fatalf("%s:%d: %v", file, n+1, err)
			}
		default:
			c := &cases[len(cases)-1]
			c.events = append(c.events, readPresetEvent(t, words, len(c.events)))
		}
	}
	return cases
}

func readPresetEvent(t *testing.T, words []string, n int) *event.Event {
	t.Helper()
	e := &event.Event{ID: fmt.Sprintf("e%d", n)}
	var ok bool
	if e.Type, ok = event.TypeOf(words[1]); !ok {
		t.Fatalf("%v: unknown type", words)
	}
	if _, err := fmt.Sscan(words[0], &e.Time); err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	for _, w := range words[2:] {
		name, isTarget := strings.CutPrefix(w, "#")
		text, isText := strings.CutPrefix(w, "text=")
		switch {
		case isTarget:
			e.Target = &event.Target{ID: name}
		case isText:
			e.Target = &event.Target{Tag: "button", Text: text}
		default:
			if _, err := fmt.Sscanf(w, "%g,%g", &e.X, &e.Y); err != nil {
				t.Fatalf("%v: %v", words, err)
			}
			e.Flags |= event.HasPosition
		}
	}
	return e
}

// The verdicts are facts about the products, taken from their tests and sources.
func TestPresetsReproduceTheProducts(t *testing.T) {
	for _, p := range presets {
		if !p.Public {
			continue
		}
		file := filepath.Join("testdata", "presets", p.Name+".txt")
		cases := readPresetCases(t, file)
		if len(cases) == 0 {
			t.Errorf("%s has no cases", file)
		}
		for _, c := range cases {
			config := DefaultConfig()
			config.Preset = p.Name
			config.KeepOnly(signals.RageClick, signals.RageTap)
			set, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			var r detect.SessionState
			var found []detect.Signal
			const start event.Millis = 1_000_000
			for _, e := range c.events {
				e.Time += start
				now := e.Time
				for r.Due() != 0 && r.Due() < now {
					found = set.Expire(&r, r.Due()+1, found)
				}
				found = set.Observe(&r, e, detect.Moment{Now: now, Settled: now, Track: &journey.Track{}}, found)
			}
			found = set.Close(&r, c.events[len(c.events)-1].Time, found)
			if len(found) != c.verdict {
				t.Errorf("%s:%d: %s: %d found, want %d", file, c.line, c.title, len(found), c.verdict)
			}
		}
	}
}

func TestPresetsAreWellFormed(t *testing.T) {
	for _, p := range presets {
		c := DefaultConfig()
		c.Preset = p.Name
		if _, err := New(c); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if p.Note == "" || p.Public == (p.change == nil) {
			t.Errorf("%s says nothing, or not whether its numbers are public", p.Name)
		}
	}
	c := DefaultConfig()
	c.Preset = "posthorn"
	if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "signals.preset: ") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// What somebody has set stands, and what a preset does not say is as usual.
func TestPresetGivesWayToWhatWasSet(t *testing.T) {
	c := DefaultConfig()
	c.Preset = "datadog"
	c.DeadClick.Within = c.DeadClick.Within * 2
	c.Suppress = []Suppress{{Name: "paging", Signals: []string{"rage_click"}, Text: []string{"more"}}}
	got, err := c.InForce()
	if err != nil {
		t.Fatal(err)
	}
	if got.RageClick.Clicks != 3 || got.DeadClick.Within != c.DeadClick.Within || got.Retry != c.Retry {
		t.Errorf("%+v", got)
	}
	paging := 0
	for _, x := range got.Suppress {
		if x.Name == "paging" {
			paging++
			if x.Off {
				t.Error("our own entry is switched off")
			}
		}
	}
	if paging != 1 {
		t.Errorf("%d entries of paging", paging)
	}
}
