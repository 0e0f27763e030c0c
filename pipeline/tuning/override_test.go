package tuning

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

func TestOverridesAreChecked(t *testing.T) {
	for want, o := range map[string]Override{
		"[0]: says nowhere":                                    {Signals: []string{"rage_click"}, Count: 3},
		"[0].signals: missing":                                 {Page: journey.Values{"/a"}, Count: 3},
		"[0].signals[0]: no signal":                            {Page: journey.Values{"/a"}, Signals: []string{"rage"}},
		"[0].signals[0]: drop_off has":                         {Page: journey.Values{"/a"}, Signals: []string{"drop_off"}},
		"[0].count: quick_back counts":                         {Page: journey.Values{"/a"}, Signals: []string{"quick_back"}, Count: 3},
		"[0].within: crash has":                                {Page: journey.Values{"/a"}, Signals: []string{"crash"}, Within: time.Second},
		"[0].distance: retry has":                              {Page: journey.Values{"/a"}, Signals: []string{"retry"}, Distance: 3},
		"[0]: same and compat are for rage_click and rage_tap": {Page: journey.Values{"/a"}, Signals: []string{"retry"}, Same: signals.OnlyTarget},
		"[0]: rage_click.clicks: 65":                           {Page: journey.Values{"/a"}, Signals: []string{"rage_click"}, Count: 65},
		"[0]: hesitation.at_most: 2m0s ":                       {Page: journey.Values{"/a"}, Signals: []string{"hesitation"}, Within: 3 * time.Minute},
	} {
		c := DefaultConfig()
		c.Overrides = []Override{o}
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "signals.overrides"+want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
}

func TestSuppressionIsChecked(t *testing.T) {
	for want, x := range map[string]Suppress{
		"[0].name":       {Signals: []string{"rage_click"}, Text: journey.Values{"x"}},
		"[0].off":        {Name: "mine", Off: true},
		"[0].signals":    {Name: "mine", Text: journey.Values{"x"}},
		"[0].signals[0]": {Name: "mine", Text: journey.Values{"x"}, Signals: []string{"rage"}},
		"[0]: fits":      {Name: "mine", Signals: []string{"rage_click"}},
		"[0].after[0]":   {Name: "mine", Signals: []string{"rage_click"}, After: journey.Values{"sneeze"}},
		"[0].after":      {Name: "mine", Signals: []string{"rage_click"}, After: journey.Values{"scroll"}, For: time.Second},
		"[0].for":        {Name: "mine", Signals: []string{"rage_click"}, After: journey.Values{"visibility"}, For: -time.Second},
	} {
		c := DefaultConfig()
		c.Suppress = []Suppress{x}
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "signals.suppress"+want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
}

// Every built-in entry says which complaint it answers, and for which signals.
func TestFalseAlarmsSayWhatTheyAnswer(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range falseAlarms {
		if x.Name == "" || x.Answers == "" || len(x.Signals) == 0 || seen[x.Name] {
			t.Errorf("%+v", x)
		}
		seen[x.Name] = true
	}
}
