package tuning

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// presetCase is one case of a file in testdata/presets:
//
//	signal rage_click
//	case WHAT HAPPENS (WHERE THE RULE OR THE CASE IS FROM)
//	10 click 100,100 #target
//	20+50*3 click 110,110|120,110
//	30 selection
//	= 1
//
// A case that is at a bound begins with `edge` in the place of `case`. Each line is a time in ms and what came then;
// 20+50*3 is three such events, from 20 on each 50 ms after the one before, and what is parted by | alternates. The
// verdict is how many signals were found. Before each case of a dead click or swipe, the page has changed once, a
// minute before: without that nothing is judged.
type presetCase struct {
	signal, title string
	edge          bool
	events        []*event.Event
	verdict       int
	line          int
}

func readPresetCases(t *testing.T, file string) (cases []presetCase) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	signal := ""
	for n, line := range strings.Split(string(text), "\n") {
		words := splitWords(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case words[0] == "signal":
			signal = words[1]
		case words[0] == "case" || words[0] == "edge":
			_, title, _ := strings.Cut(line, " ")
			cases = append(cases, presetCase{signal: signal, title: title, edge: words[0] == "edge", line: n + 1, verdict: -1})
		case words[0] == "=":
			if _, err := fmt.Sscan(words[1], &cases[len(cases)-1].verdict); err != nil {
				t.Fatalf("%s:%d: %v", file, n+1, err)
			}
		default:
			c := &cases[len(cases)-1]
			more, err := readPresetEvents(words, len(c.events))
			if err != nil {
				t.Fatalf("%s:%d: %v", file, n+1, err)
			}
			c.events = append(c.events, more...)
		}
	}
	return cases
}

// splitWords splits a line at blanks outside double quotes, which it takes away.
func splitWords(line string) (words []string) {
	quoted := false
	for _, w := range strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	}) {
		words = append(words, strings.ReplaceAll(w, `"`, ""))
	}
	return words
}

// readPresetEvents reads the events of one line.
func readPresetEvents(words []string, before int) (all []*event.Event, err error) {
	at, step, times := 0, 0, 1
	first, more, repeated := strings.Cut(words[0], "+")
	if at, err = strconv.Atoi(first); err != nil {
		return nil, err
	}
	if repeated {
		if _, err := fmt.Sscanf(more, "%d*%d", &step, &times); err != nil {
			return nil, fmt.Errorf("%s: %w", words[0], err)
		}
	}
	for i := range times {
		e := &event.Event{ID: fmt.Sprintf("e%d", before+i), Time: event.Millis(at + i*step)}
		var ok bool
		if e.Type, ok = event.TypeOf(words[1]); !ok {
			return nil, fmt.Errorf("unknown type %q", words[1])
		}
		for _, w := range words[2:] {
			choices := strings.Split(w, "|")
			if err := readPresetWord(e, choices[i%len(choices)]); err != nil {
				return nil, fmt.Errorf("%q: %w", w, err)
			}
		}
		all = append(all, e)
	}
	return all, nil
}

// readPresetWord sets one value of an event.
func readPresetWord(e *event.Event, w string) (err error) {
	target := func() *event.Target {
		if e.Target == nil {
			e.Target = &event.Target{}
		}
		return e.Target
	}
	name, value, _ := strings.Cut(w, "=")
	switch {
	case strings.HasPrefix(w, "#"):
		target().ID = w[1:]
	case strings.HasPrefix(w, "/"):
		e.Page, e.RawPage = w, event.Hash64(w)
	case name == "ms":
		var n int
		n, err = strconv.Atoi(value)
		e.Duration, e.Flags = event.Millis(n), e.Flags|event.HasDuration
	case name == "status":
		var n int
		n, err = strconv.Atoi(value)
		e.Status = int32(n)
	case name == "op":
		e.Op = value
	case name == "name":
		e.Name = value
	case name == "class":
		target().Classes = append(target().Classes, value)
	case name == "tag":
		target().Tag = value
	case name == "text":
		target().Text = value
	case name == "role":
		target().Role = value
	case name == "href":
		target().Href = value
	case name == "input":
		target().InputType = value
	case name == "selector":
		target().Selector = value
	default:
		_, err = fmt.Sscanf(w, "%g,%g", &e.X, &e.Y)
		e.Flags |= event.HasPosition
	}
	return err
}

// judge runs a case under a preset and counts what is found.
func (c *presetCase) judge(t *testing.T, preset string) int {
	t.Helper()
	k, ok := signals.KindOf(c.signal)
	if !ok {
		t.Fatalf("no signal of the name %q", c.signal)
	}
	config := DefaultConfig()
	config.Preset = preset
	config.KeepOnly(k)
	set, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	const start event.Millis = 1_000_000
	var r detect.SessionState
	var found []detect.Signal
	observe := func(e *event.Event) {
		for r.Due() != 0 && r.Due() < e.Time {
			found = set.Expire(&r, r.Due()+1, found)
		}
		found = set.Observe(&r, e, detect.Moment{Now: e.Time, Settled: e.Time, Track: &journey.Track{}}, found)
	}
	if strings.HasPrefix(c.signal, "dead_") {
		observe(&event.Event{ID: "before", Type: event.Mutation, Time: start - 60_000})
	}
	for _, e := range c.events {
		e.Time += start
		observe(e)
	}
	return len(set.Close(&r, c.events[len(c.events)-1].Time, found))
}

// The verdicts are facts about the products, taken from their tests and sources.
func TestPresetsReproduceTheProducts(t *testing.T) {
	for _, p := range presets {
		if !p.Public {
			continue
		}
		file := filepath.Join("testdata", "presets", p.Name+".txt")
		for _, c := range readPresetCases(t, file) {
			if found := c.judge(t, p.Name); found != c.verdict {
				t.Errorf("%s:%d: %s: %s: %d found, want %d", file, c.line, c.signal, c.title, found, c.verdict)
			}
			if !strings.HasSuffix(c.title, ")") {
				t.Errorf("%s:%d: %q does not say in brackets where its verdict is from", file, c.line, c.title)
			}
		}
	}
}

// Each signal whose rule a preset says is its product's own has a case in which it is found, one in which it is not, and
// one at a bound; and a preset claims the signals whose rules it changes.
func TestPresetsHaveCasesOfAllThatTheyClaim(t *testing.T) {
	for _, p := range presets {
		if !p.Public {
			if len(p.Claims) > 0 {
				t.Errorf("%s claims %v, and its numbers are not public", p.Name, p.Claims)
			}
			continue
		}
		found, none, edges := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, c := range readPresetCases(t, filepath.Join("testdata", "presets", p.Name+".txt")) {
			switch {
			case c.edge:
				edges[c.signal] = true
			case c.verdict > 0:
				found[c.signal] = true
			default:
				none[c.signal] = true
			}
			if !slices.Contains(p.Claims, c.signal) {
				t.Errorf("%s has a case of %s, which it does not claim", p.Name, c.signal)
			}
		}
		for _, name := range p.Claims {
			if !found[name] || !none[name] || !edges[name] {
				t.Errorf("%s claims %s: cases with a signal %v, without one %v, at a bound %v", p.Name, name, found[name], none[name], edges[name])
			}
		}
		usual, theirs := DefaultConfig(), DefaultConfig()
		p.change(&theirs)
		for k := range signals.NumKinds {
			if !reflect.DeepEqual(usual.Settings(k), theirs.Settings(k)) && !slices.Contains(p.Claims, signals.Name(k)) {
				t.Errorf("%s changes %s and does not claim it", p.Name, signals.Name(k))
			}
		}
	}
}
