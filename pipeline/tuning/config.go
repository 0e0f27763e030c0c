package tuning

import (
	"fmt"
	"time"

	"friction/pipeline/signals"
)

// Config is the section `signals` of the configuration.
type Config struct {
	// Preset names the product whose own rules take the place of our defaults: posthog, posthog_ios, datadog, sentry, sentry_rn, openreplay, mixpanel, amplitude, newrelic, splunk, highlight, conviva; or one whose numbers are not public, such as clarity.
	Preset string `yaml:"preset"`
	// RageClick: several clicks at one place in quick succession.
	RageClick signals.RageConfig `yaml:"rage_click"`
	// RageTap: several taps at one place in quick succession.
	RageTap signals.RageConfig `yaml:"rage_tap"`
	// DeadClick: a click on something interactive to which nothing reacts.
	DeadClick signals.DeadClickConfig `yaml:"dead_click"`
	// ErrorClick: a click followed by an error or a failed request.
	ErrorClick signals.WithinConfig `yaml:"error_click"`
	// ThrashedCursor: the pointer shaken to and fro on one axis.
	ThrashedCursor signals.TurnsConfig `yaml:"thrashed_cursor"`
	// ExcessiveScroll: scrolling up and down one page.
	ExcessiveScroll signals.TurnsConfig `yaml:"excessive_scroll"`
	// QuickBack: to another page and straight back.
	QuickBack signals.WithinConfig `yaml:"quick_back"`
	// PageLoop: the same page entered again and again.
	PageLoop signals.PageLoopConfig `yaml:"page_loop"`
	// ReloadLoop: the page one is on loaded again and again.
	ReloadLoop signals.BurstConfig `yaml:"reload_loop"`
	// Retry: the same operation again after it failed, was slow or had no answer.
	Retry signals.RetryConfig `yaml:"retry"`
	// RepeatedSubmit: the same form sent again although it had not failed.
	RepeatedSubmit signals.BurstConfig `yaml:"repeated_submit"`
	// ValidationLoop: the same form refused again and again.
	ValidationLoop signals.BurstConfig `yaml:"validation_loop"`
	// FormAbandonment: a form filled in and left.
	FormAbandonment signals.FormConfig `yaml:"form_abandonment"`
	// FieldReentry: the same field entered again and again, others in between.
	FieldReentry signals.BurstConfig `yaml:"field_reentry"`
	// Hesitation: a long pause in a field before it is left.
	Hesitation signals.PauseConfig `yaml:"hesitation"`
	// RepeatedSearch: search after search, no result opened.
	RepeatedSearch signals.SearchConfig `yaml:"repeated_search"`
	// SlowResponse: a slow request, and somebody who acts again while waiting.
	SlowResponse signals.SlowConfig `yaml:"slow_response"`
	// ErrorLeave: the session ends soon after an error.
	ErrorLeave signals.WithinConfig `yaml:"error_leave"`
	// ServerErrorChain: one server error after the other.
	ServerErrorChain signals.ChainConfig `yaml:"server_error_chain"`
	// Crash: the app crashed.
	Crash signals.SwitchConfig `yaml:"crash"`
	// CrashRestart: the app was started again after a crash.
	CrashRestart signals.RestartConfig `yaml:"crash_restart"`
	// Hang: the app did not answer, long or often.
	Hang signals.HangConfig `yaml:"hang"`
	// RequestStorm: the app sends the same request again and again.
	RequestStorm signals.BurstConfig `yaml:"request_storm"`
	// ErrorBounce: a session of one page that ends soon after an error.
	ErrorBounce signals.WithinConfig `yaml:"error_bounce"`
	// DropOff: a visit that ends because the session does.
	DropOff signals.SwitchConfig `yaml:"drop_off"`
	// BackTracking: a visit left for an earlier step.
	BackTracking signals.SwitchConfig `yaml:"back_tracking"`
	// HelpSeeking: asking for help in the middle of a journey.
	HelpSeeking signals.HelpConfig `yaml:"help_seeking"`
	// NegativeSurvey: a survey answered at the unhappy end of its scale.
	NegativeSurvey signals.SurveyConfig `yaml:"negative_survey"`
	// Suppress holds known false alarms: entries that are added to the built-in ones, replace one of the same name, or switch one off.
	Suppress []Suppress `yaml:"suppress"`
	// Overrides give signals other thresholds in some places; the first that matches wins.
	Overrides []Override `yaml:"overrides"`
}

// DefaultConfig returns the defaults; where they come from is in docs/signals.md.
func DefaultConfig() Config {
	c := Config{
		RageClick:       signals.RageConfig{Enabled: true, Clicks: 4, Within: time.Second, Distance: 30},
		RageTap:         signals.RageConfig{Enabled: true, Clicks: 3, Within: time.Second, Distance: 30, Same: signals.TargetAndDistance},
		DeadClick:       signals.DeadClickConfig{Enabled: true, Within: 2500 * time.Millisecond, Repeat: time.Second, Forgive: time.Second},
		ErrorClick:      signals.WithinConfig{Enabled: true, Within: 2 * time.Second},
		ThrashedCursor:  signals.TurnsConfig{Enabled: true, Count: 20, Within: 2 * time.Second, Distance: 5},
		ExcessiveScroll: signals.TurnsConfig{Enabled: true, Count: 6, Within: 10 * time.Second, Distance: 100},

		QuickBack:  signals.WithinConfig{Enabled: true, Within: 5 * time.Second},
		PageLoop:   signals.PageLoopConfig{Enabled: true, Entries: 3, Within: 15 * time.Second},
		ReloadLoop: signals.BurstConfig{Enabled: true, Count: 3, Within: 30 * time.Second},

		Retry:           signals.RetryConfig{Enabled: true, Within: 30 * time.Second, Slow: 10 * time.Second},
		RepeatedSubmit:  signals.BurstConfig{Enabled: true, Count: 2, Within: 5 * time.Second},
		ValidationLoop:  signals.BurstConfig{Enabled: true, Count: 2, Within: 2 * time.Minute},
		FormAbandonment: signals.FormConfig{Enabled: true, Fields: 2},
		FieldReentry:    signals.BurstConfig{Enabled: true, Count: 3, Within: time.Minute},
		Hesitation:      signals.PauseConfig{Enabled: true, AtLeast: 10 * time.Second, AtMost: 2 * time.Minute},
		RepeatedSearch:  signals.SearchConfig{Enabled: true, Count: 3, Within: time.Minute},

		SlowResponse:     signals.SlowConfig{Enabled: true, After: 3 * time.Second, Again: time.Second},
		ErrorLeave:       signals.WithinConfig{Enabled: true, Within: 10 * time.Second},
		ServerErrorChain: signals.ChainConfig{Enabled: true, Count: 3, Within: 30 * time.Second, Operations: 2},
		Crash:            signals.SwitchConfig{Enabled: true},
		CrashRestart:     signals.RestartConfig{Enabled: true, Within: 30 * time.Second, Names: []string{"start", "launch", "cold_start", "app_start", "open", "application_opened"}},
		Hang:             signals.HangConfig{Enabled: true, AtLeast: 2 * time.Second, Count: 5, Within: 10 * time.Second},
		RequestStorm:     signals.BurstConfig{Enabled: true, Count: 20, Within: 5 * time.Second},

		ErrorBounce:    signals.WithinConfig{Enabled: true, Within: 30 * time.Second},
		DropOff:        signals.SwitchConfig{Enabled: true},
		BackTracking:   signals.SwitchConfig{Enabled: true},
		HelpSeeking:    signals.HelpConfig{Enabled: true, Within: time.Minute},
		NegativeSurvey: signals.SurveyConfig{Enabled: true},
	}
	return c
}

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	_, err := New(c)
	return err
}

// validateNumbers checks what is in force, but for lists.
func (c Config) validateNumbers() error {
	for _, k := range c.knobs() {
		if err := k.validate(); err != nil {
			return fmt.Errorf("signals.%s.%w", signals.Name(k.kind), err)
		}
	}
	if err := c.validateChoices(); err != nil {
		return fmt.Errorf("signals.%w", err)
	}
	return nil
}
