package signals

import (
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// What signals need is met by such events, and by none that lack a part of it.
func TestNeedsAreMetByWhatTheyName(t *testing.T) {
	field := &event.Target{ID: "name", Tag: "input"}
	for name, c := range map[string]struct {
		met       func(*event.Event) bool
		good, bad []event.Event
	}{
		"click": {
			needClick.Met,
			[]event.Event{{Type: event.Click, Target: field}, {Type: event.Tap, Target: field}},
			[]event.Event{{Type: event.Click}, {Type: event.Input, Target: field}},
		},
		"view": {needView.Met, []event.Event{{Type: event.PageView}, {Type: event.ScreenView}}, []event.Event{{Type: event.Click}}},
		"outcome": {
			needOutcome.Met,
			[]event.Event{{Type: event.Request, Op: "POST /pay", Status: 200}, {Type: event.Submit, Op: "pay", Flags: event.HasOK}},
			[]event.Event{{Type: event.Request, Op: "POST /pay"}, {Type: event.Request, Status: 200}, {Type: event.Click, Op: "POST /pay", Status: 200}},
		},
		"error": {
			needError.Met,
			[]event.Event{{Type: event.ErrorType}, {Type: event.Crash}, {Type: event.Request, Status: 200}},
			[]event.Event{{Type: event.Request}, {Type: event.Submit, Status: 500}},
		},
		"field": {
			needField.Met,
			[]event.Event{{Type: event.Focus, Target: field}, {Type: event.Input, Target: field}},
			[]event.Event{{Type: event.Focus}, {Type: event.Input, Target: &event.Target{ID: "b", Tag: "button"}}, {Type: event.Click, Target: field}},
		},
	} {
		for i := range c.good {
			if !c.met(&c.good[i]) {
				t.Errorf("%s: %+v does not meet it", name, c.good[i])
			}
		}
		for i := range c.bad {
			if c.met(&c.bad[i]) {
				t.Errorf("%s: %+v meets it", name, c.bad[i])
			}
		}
	}
}

func TestAJourneyIsNeededWithSteps(t *testing.T) {
	none, err := needStep(nil, journey.DefaultConfig())
	if err != nil || len(none) != 1 || none[0].Met != nil {
		t.Errorf("without a journey: %+v, %v", none, err)
	}
	c := journey.Config{List: []journey.Journey{{Name: "buy", Steps: []journey.Step{{Name: "cart", Match: []journey.Match{{Page: journey.Values{"/cart"}}}}}}}}
	one, err := needStep(nil, c)
	if err != nil || len(one) != 1 || !one[0].Met(&event.Event{Page: "/cart"}) || one[0].Met(&event.Event{Page: "/pay"}) {
		t.Errorf("with one: %+v, %v", one, err)
	}
	c.List[0].Steps[0].Match[0] = journey.Match{}
	if _, err := needStep(nil, c); err == nil {
		t.Error("a rule that says nothing was accepted")
	}
}
