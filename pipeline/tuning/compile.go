package tuning

import (
	"fmt"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// New compiles a configuration.
func New(c Config) (*detect.Set, error) {
	c, err := c.InForce()
	if err != nil {
		return nil, err
	}
	if err := c.validateNumbers(); err != nil {
		return nil, err
	}
	hidden, err := compileSuppression(c.Suppress)
	if err != nil {
		return nil, fmt.Errorf("signals.suppress%w", err)
	}
	plan := detect.Plan{Kinds: make([]detect.KindPlan, signals.NumKinds), Absorption: signals.Absorption(), Hidden: hidden.plan()}
	rules, err := c.rules(hidden)
	if err != nil {
		return nil, err
	}
	for k := range signals.NumKinds {
		plan.Kinds[k] = detect.KindPlan{Name: signals.Name(k), Base: detect.Variant{Off: !*c.switchOf(k), Rule: rules[k]}}
	}
	plan.Kinds[signals.DropOff].Outcome, plan.Kinds[signals.BackTracking].Outcome = journey.Dropped, journey.Back
	for i := range c.Overrides {
		if err := c.override(&plan, hidden, i); err != nil {
			return nil, fmt.Errorf("signals.overrides[%d]%w", i, err)
		}
	}
	return detect.New(plan)
}

// rules compiles every kind. The engine makes drop_off and back_tracking itself.
func (c Config) rules(hidden *suppression) ([]detect.Rule, error) {
	search, err := matching(signals.RepeatedSearch, c.RepeatedSearch.Matches())
	if err != nil {
		return nil, err
	}
	help, err := matching(signals.HelpSeeking, c.HelpSeeking.Matches())
	if err != nil {
		return nil, err
	}
	return []detect.Rule{
		signals.RageClick:        c.RageClick.Rule("rage_click", event.Click, hidden.forget[signals.RageClick]),
		signals.RageTap:          c.RageTap.Rule("rage_tap", event.Tap, hidden.forget[signals.RageTap]),
		signals.DeadClick:        c.DeadClick.Rule(),
		signals.ErrorClick:       signals.ErrorClickRule(c.ErrorClick),
		signals.ThrashedCursor:   signals.ThrashedCursorRule(c.ThrashedCursor),
		signals.ExcessiveScroll:  signals.ExcessiveScrollRule(c.ExcessiveScroll),
		signals.QuickBack:        signals.QuickBackRule(c.QuickBack),
		signals.PageLoop:         c.PageLoop.Rule(),
		signals.ReloadLoop:       signals.ReloadLoopRule(c.ReloadLoop),
		signals.Retry:            c.Retry.Rule(),
		signals.RepeatedSubmit:   signals.RepeatedSubmitRule(c.RepeatedSubmit),
		signals.ValidationLoop:   signals.ValidationLoopRule(c.ValidationLoop),
		signals.FormAbandonment:  c.FormAbandonment.Rule(),
		signals.FieldReentry:     signals.FieldReentryRule(c.FieldReentry),
		signals.Hesitation:       c.Hesitation.Rule(),
		signals.RepeatedSearch:   c.RepeatedSearch.Rule(search),
		signals.SlowResponse:     signals.SlowResponseRule(c.SlowResponse),
		signals.ErrorLeave:       signals.ErrorLeaveRule(c.ErrorLeave),
		signals.ServerErrorChain: c.ServerErrorChain.Rule(),
		signals.Crash:            signals.CrashRule(),
		signals.CrashRestart:     c.CrashRestart.Rule(),
		signals.Hang:             c.Hang.Rule(),
		signals.RequestStorm:     signals.RequestStormRule(c.RequestStorm),
		signals.ErrorBounce:      signals.ErrorBounceRule(c.ErrorBounce),
		signals.DropOff:          {Version: "drop_off/1"},
		signals.BackTracking:     {Version: "back_tracking/1"},
		signals.HelpSeeking:      c.HelpSeeking.Rule(help),
		signals.NegativeSurvey:   c.NegativeSurvey.Rule(),
	}, nil
}

func matching(k detect.Kind, list []journey.Match) (journey.Rule, error) {
	rule, err := journey.CompileAny(list)
	if err != nil {
		return nil, fmt.Errorf("signals.%s.match%w", signals.Name(k), err)
	}
	return rule, nil
}

// switchOf is the switch of a kind.
func (c *Config) switchOf(k detect.Kind) *bool {
	return [signals.NumKinds]*bool{
		signals.RageClick: &c.RageClick.Enabled, signals.RageTap: &c.RageTap.Enabled, signals.DeadClick: &c.DeadClick.Enabled, signals.ErrorClick: &c.ErrorClick.Enabled,
		signals.ThrashedCursor: &c.ThrashedCursor.Enabled, signals.ExcessiveScroll: &c.ExcessiveScroll.Enabled,
		signals.QuickBack: &c.QuickBack.Enabled, signals.PageLoop: &c.PageLoop.Enabled, signals.ReloadLoop: &c.ReloadLoop.Enabled,
		signals.Retry: &c.Retry.Enabled, signals.RepeatedSubmit: &c.RepeatedSubmit.Enabled, signals.ValidationLoop: &c.ValidationLoop.Enabled,
		signals.FormAbandonment: &c.FormAbandonment.Enabled, signals.FieldReentry: &c.FieldReentry.Enabled, signals.Hesitation: &c.Hesitation.Enabled,
		signals.RepeatedSearch: &c.RepeatedSearch.Enabled, signals.SlowResponse: &c.SlowResponse.Enabled, signals.ErrorLeave: &c.ErrorLeave.Enabled,
		signals.ServerErrorChain: &c.ServerErrorChain.Enabled, signals.Crash: &c.Crash.Enabled, signals.CrashRestart: &c.CrashRestart.Enabled,
		signals.Hang: &c.Hang.Enabled, signals.RequestStorm: &c.RequestStorm.Enabled, signals.ErrorBounce: &c.ErrorBounce.Enabled,
		signals.DropOff: &c.DropOff.Enabled, signals.BackTracking: &c.BackTracking.Enabled, signals.HelpSeeking: &c.HelpSeeking.Enabled,
		signals.NegativeSurvey: &c.NegativeSurvey.Enabled,
	}[k]
}

// rageOf is the thresholds of a kind that has all the choices, else nil.
func (c *Config) rageOf(k detect.Kind) *signals.RageConfig {
	switch k {
	case signals.RageClick:
		return &c.RageClick
	case signals.RageTap:
		return &c.RageTap
	}
	return nil
}

// validateChoices checks what is no single number.
func (c *Config) validateChoices() error {
	for _, k := range []detect.Kind{signals.RageClick, signals.RageTap} {
		if err := c.rageOf(k).Validate(); err != nil {
			return fmt.Errorf("%s.%w", signals.Name(k), err)
		}
	}
	if c.Hesitation.AtMost < c.Hesitation.AtLeast {
		return fmt.Errorf("hesitation.at_most: %v is shorter than at_least %v", c.Hesitation.AtMost, c.Hesitation.AtLeast)
	}
	if c.ServerErrorChain.Operations > c.ServerErrorChain.Count {
		return fmt.Errorf("server_error_chain.operations: %d is more than count %d", c.ServerErrorChain.Operations, c.ServerErrorChain.Count)
	}
	for i, s := range c.NegativeSurvey.Scales {
		if s.Attr == "" {
			return fmt.Errorf("negative_survey.scales[%d].attr: missing", i)
		}
	}
	return nil
}

// Only switches every signal off but some.
func (c *Config) Only(kinds ...detect.Kind) {
	for k := range signals.NumKinds {
		*c.switchOf(k) = slices.Contains(kinds, k)
	}
}
