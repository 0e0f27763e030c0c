package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
)

// presetCase is one case of a file in testdata/presets:
//
//	case WHAT HAPPENS (ORIGIN)
//	23:50
//	24:05 utm_campaign=spring
//	every 20m until 26:00
//	= 1 7
//
// Each line is an event at a time since a midnight of UTC, with attributes, or
// one every so often after the last; the verdict is the events of each session.
type presetCase struct {
	title   string
	events  []*event.Event
	verdict []int
	line    int
}

func (c *presetCase) add(at time.Duration, attrs ...string) error {
	const midnight event.Millis = 20_000 * 86_400_000
	e := &event.Event{Time: midnight + Millis(at)}
	for _, a := range attrs {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return fmt.Errorf("%q is no attribute", a)
		}
		e.Attrs = append(e.Attrs, event.Attr{Name: name, Value: value})
	}
	c.events = append(c.events, e)
	return nil
}

func (c *presetCase) every(step, until time.Duration) error {
	last := c.events[len(c.events)-1].Time - c.events[0].Time
	first, err := c.first()
	for at := time.Duration(last)*time.Millisecond + first + step; err == nil && at <= until; at += step {
		err = c.add(at)
	}
	return err
}

// first is when the first event is, since midnight.
func (c *presetCase) first() (time.Duration, error) {
	if len(c.events) == 0 {
		return 0, fmt.Errorf("nothing to go on from")
	}
	return time.Duration(c.events[0].Time%86_400_000) * time.Millisecond, nil
}

// clockTime reads h:mm, h:mm:ss and h:mm:ss.mmm; hours go on beyond 24.
func clockTime(text string) (time.Duration, error) {
	parts := strings.Split(text, ":")
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	if len(parts) != 3 {
		return 0, fmt.Errorf("%q is no time", text)
	}
	return time.ParseDuration(parts[0] + "h" + parts[1] + "m" + parts[2] + "s")
}

func readPresetCases(t *testing.T, file string) (cases []*presetCase) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if words[0] == "case" {
			cases = append(cases, &presetCase{title: strings.TrimPrefix(line, "case "), line: n + 1})
			continue
		}
		if err := cases[len(cases)-1].read(words); err != nil {
			t.Fatalf("%s:%d: %v", file, n+1, err)
		}
	}
	return cases
}

func (c *presetCase) read(words []string) error {
	switch words[0] {
	case "=":
		for _, w := range words[1:] {
			var n int
			if _, err := fmt.Sscan(w, &n); err != nil {
				return err
			}
			c.verdict = append(c.verdict, n)
		}
		return nil
	case "every":
		step, err := time.ParseDuration(words[1])
		if err != nil {
			return err
		}
		until, err := clockTime(words[3])
		if err != nil {
			return err
		}
		return c.every(step, until)
	}
	at, err := clockTime(words[0])
	if err != nil {
		return err
	}
	return c.add(at, words[1:]...)
}

// sizes are the events of each session that the rules make of some in order.
func sizes(r *Rules, events []*event.Event) (all []int) {
	var s *Session
	for _, e := range events {
		if s == nil || r.Decide(s, e, 0) != Join {
			s = &Session{}
			s.Begin(e, e.Time)
			all = append(all, 0)
		}
		r.Take(s, 0, e, 0, e.Time)
		all[len(all)-1]++
	}
	return all
}

// The verdicts are facts about the products, taken from their tests, sources and
// documentation.
func TestPresetsReproduceTheProducts(t *testing.T) {
	for _, p := range presets {
		c := DefaultConfig()
		c.Preset = p.Name
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		rules := c.Rules()
		file := filepath.Join("testdata", "presets", p.Name+".txt")
		cases := readPresetCases(t, file)
		if len(cases) == 0 {
			t.Errorf("%s has no cases", file)
		}
		for _, c := range cases {
			if got := sizes(&rules, c.events); !slices.Equal(got, c.verdict) {
				t.Errorf("%s:%d: %s: sessions of %v events, want %v", file, c.line, c.title, got, c.verdict)
			}
		}
	}
}

func TestPresetGivesWayToWhatWasSet(t *testing.T) {
	c := DefaultConfig()
	c.Preset, c.Gap, c.Edge, c.Midnight = "datadog", 20*time.Minute, Inclusive, "-05:00"
	got, err := c.InForce()
	if err != nil || got.Gap != 20*time.Minute || got.Max != 4*time.Hour || got.Edge != Inclusive || got.Midnight != "-05:00" {
		t.Errorf("%+v, %v", got, err)
	}
	c = DefaultConfig()
	c.Preset = "datadog" // its sessions end after 15 minutes and 4 hours
	c.Set([]string{"preset", "gap", "max"})
	if got, err = c.InForce(); err != nil || got.Gap != 30*time.Minute || got.Max != 24*time.Hour || got.Edge != Exclusive {
		t.Errorf("keys set to their default: %+v, %v", got, err)
	}
	c = DefaultConfig()
	c.Preset, c.Midnight, c.Campaigns = "matomo", "off", []string{"pk_campaign"}
	r := c.Rules()
	if r.days || !slices.Equal(r.campaigns, []string{"pk_campaign"}) {
		t.Errorf("%+v", r)
	}
	for _, wrong := range []struct {
		key    string
		change func(*Config)
	}{
		{"sessions.preset: ", func(c *Config) { c.Preset = "posthorn" }},
		{"sessions.edge: ", func(c *Config) { c.Edge = "sharp" }},
		{"sessions.midnight: ", func(c *Config) { c.Midnight = "Europe/Berlin" }},
		{"sessions.max: ", func(c *Config) { c.Preset, c.Gap = "sentry", 2*time.Hour }},
	} {
		c := DefaultConfig()
		wrong.change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), wrong.key) {
			t.Errorf("%s%v", wrong.key, err)
		}
	}
}

// State written before there were campaigns has a bool where now is how a session
// began.
func TestStateOfBeforeCampaigns(t *testing.T) {
	for _, want := range []Session{{Split: false}, {Split: true}, {Campaign: 7}, {Split: true, Campaign: 7}} {
		st := event.WriteState(nil)
		want.Save(st)
		got := Session{Campaign: 9, Split: !want.Split}
		b := st.Bytes()
		in := event.ReadState(b)
		got.Save(in)
		if err := in.Done(); err != nil || got.Split != want.Split || got.Campaign != want.Campaign {
			t.Errorf("%+v of %+v: %v", got, want, err)
		}
		if last := b[len(b)-1]; want.Campaign == 0 && (last == 1) != want.Split {
			t.Errorf("%+v ends in %d", want, last)
		}
	}
}
