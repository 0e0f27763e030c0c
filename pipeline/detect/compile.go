package detect

import (
	"fmt"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// switched is a rule, and whether it is in force.
type switched struct {
	on   bool
	rule rule
}

// rules compiles every kind. The engine makes drop_off and back_tracking itself.
func (c Config) rules(s *Set) ([]switched, error) {
	search, err := matching(RepeatedSearch, c.RepeatedSearch.Matches())
	if err != nil {
		return nil, err
	}
	help, err := matching(HelpSeeking, c.HelpSeeking.Matches())
	if err != nil {
		return nil, err
	}
	all := []switched{
		{rule: c.RageClick.rule(RageClick, event.Click, s.suppress.forget[RageClick])},
		{rule: c.RageTap.rule(RageTap, event.Tap, s.suppress.forget[RageTap])},
		{rule: c.DeadClick.rule()},
		{rule: errorClickRule(c.ErrorClick)},
		{rule: thrashedCursorRule(c.ThrashedCursor)},
		{rule: excessiveScrollRule(c.ExcessiveScroll)},
		{rule: quickBackRule(c.QuickBack)},
		{rule: c.PageLoop.rule()},
		{rule: reloadLoopRule(c.ReloadLoop)},
		{rule: c.Retry.rule()},
		{rule: repeatedSubmitRule(c.RepeatedSubmit)},
		{rule: validationLoopRule(c.ValidationLoop)},
		{rule: c.FormAbandonment.rule()},
		{rule: fieldReentryRule(c.FieldReentry)},
		{rule: c.Hesitation.rule()},
		{rule: c.RepeatedSearch.rule(search)},
		{rule: slowResponseRule(c.SlowResponse)},
		{rule: errorLeaveRule(c.ErrorLeave)},
		{rule: c.ServerErrorChain.rule()},
		{rule: crashRule()},
		{rule: c.CrashRestart.rule()},
		{rule: c.Hang.rule()},
		{rule: requestStormRule(c.RequestStorm)},
		{rule: errorBounceRule(c.ErrorBounce)},
		{rule: rule{kind: DropOff, version: "drop_off/1"}},
		{rule: rule{kind: BackTracking, version: "back_tracking/1"}},
		{rule: c.HelpSeeking.rule(help)},
		{rule: c.NegativeSurvey.rule()},
	}
	for i := range all {
		all[i].on = *c.switchOf(all[i].rule.kind)
	}
	return all, nil
}

func matching(k Kind, list []journey.Match) (journey.Rule, error) {
	rule, err := journey.CompileAny(list)
	if err != nil {
		return nil, fmt.Errorf("signals.%s.match%w", k, err)
	}
	return rule, nil
}

// switchOf is the switch of a kind.
func (c *Config) switchOf(k Kind) *bool {
	return [NumKinds]*bool{
		RageClick: &c.RageClick.Enabled, RageTap: &c.RageTap.Enabled, DeadClick: &c.DeadClick.Enabled, ErrorClick: &c.ErrorClick.Enabled,
		ThrashedCursor: &c.ThrashedCursor.Enabled, ExcessiveScroll: &c.ExcessiveScroll.Enabled,
		QuickBack: &c.QuickBack.Enabled, PageLoop: &c.PageLoop.Enabled, ReloadLoop: &c.ReloadLoop.Enabled,
		Retry: &c.Retry.Enabled, RepeatedSubmit: &c.RepeatedSubmit.Enabled, ValidationLoop: &c.ValidationLoop.Enabled,
		FormAbandonment: &c.FormAbandonment.Enabled, FieldReentry: &c.FieldReentry.Enabled, Hesitation: &c.Hesitation.Enabled,
		RepeatedSearch: &c.RepeatedSearch.Enabled, SlowResponse: &c.SlowResponse.Enabled, ErrorLeave: &c.ErrorLeave.Enabled,
		ServerErrorChain: &c.ServerErrorChain.Enabled, Crash: &c.Crash.Enabled, CrashRestart: &c.CrashRestart.Enabled,
		Hang: &c.Hang.Enabled, RequestStorm: &c.RequestStorm.Enabled, ErrorBounce: &c.ErrorBounce.Enabled,
		DropOff: &c.DropOff.Enabled, BackTracking: &c.BackTracking.Enabled, HelpSeeking: &c.HelpSeeking.Enabled,
		NegativeSurvey: &c.NegativeSurvey.Enabled,
	}[k]
}

// rageOf is the thresholds of a kind that has all the choices, else nil.
func (c *Config) rageOf(k Kind) *RageConfig {
	switch k {
	case RageClick:
		return &c.RageClick
	case RageTap:
		return &c.RageTap
	}
	return nil
}

// validateChoices checks what is no single number.
func (c *Config) validateChoices() error {
	for _, k := range []Kind{RageClick, RageTap} {
		if err := c.rageOf(k).validate(); err != nil {
			return fmt.Errorf("%s.%w", k, err)
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

func (c WithinConfig) millis() event.Millis { return session.Millis(c.Within) }

func (c WithinConfig) version(k Kind, number int) string {
	return fmt.Sprintf("%s/%d within=%v", k, number, c.Within)
}

func (c BurstConfig) version(k Kind, number int) string {
	return fmt.Sprintf("%s/%d count=%d within=%v", k, number, c.Count, c.Within)
}

func (c BurstConfig) streaks(k Kind) *streakRule {
	return &streakRule{kind: k, count: c.Count, within: session.Millis(c.Within)}
}

// Only switches every signal off but some.
func (c *Config) Only(kinds ...Kind) {
	for k := range NumKinds {
		*c.switchOf(k) = slices.Contains(kinds, k)
	}
}
