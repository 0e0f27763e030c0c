package detect

import (
	"fmt"
	"time"
)

// Config is the section `signals` of the configuration.
type Config struct {
	// Preset names the product whose own rules take the place of our defaults: posthog, posthog_ios, datadog, sentry, sentry_rn, openreplay, mixpanel, amplitude, newrelic, splunk, highlight, conviva; or one whose numbers are not public, such as clarity.
	Preset string `yaml:"preset"`
	// RageClick: several clicks at one place in quick succession.
	RageClick RageConfig `yaml:"rage_click"`
	// RageTap: several taps at one place in quick succession.
	RageTap RageConfig `yaml:"rage_tap"`
	// DeadClick: a click on something interactive to which nothing reacts.
	DeadClick DeadClickConfig `yaml:"dead_click"`
	// ErrorClick: a click followed by an error or a failed request.
	ErrorClick WithinConfig `yaml:"error_click"`
	// ThrashedCursor: the pointer shaken to and fro on one axis.
	ThrashedCursor TurnsConfig `yaml:"thrashed_cursor"`
	// ExcessiveScroll: scrolling up and down one page.
	ExcessiveScroll TurnsConfig `yaml:"excessive_scroll"`
	// QuickBack: to another page and straight back.
	QuickBack WithinConfig `yaml:"quick_back"`
	// PageLoop: the same page entered again and again.
	PageLoop PageLoopConfig `yaml:"page_loop"`
	// ReloadLoop: the page one is on loaded again and again.
	ReloadLoop BurstConfig `yaml:"reload_loop"`
	// Retry: the same operation again after it failed, was slow or had no answer.
	Retry RetryConfig `yaml:"retry"`
	// RepeatedSubmit: the same form sent again although it had not failed.
	RepeatedSubmit BurstConfig `yaml:"repeated_submit"`
	// ValidationLoop: the same form refused again and again.
	ValidationLoop BurstConfig `yaml:"validation_loop"`
	// FormAbandonment: a form filled in and left.
	FormAbandonment FormConfig `yaml:"form_abandonment"`
	// FieldReentry: the same field entered again and again, others in between.
	FieldReentry BurstConfig `yaml:"field_reentry"`
	// Hesitation: a long pause in a field before it is left.
	Hesitation PauseConfig `yaml:"hesitation"`
	// RepeatedSearch: search after search, no result opened.
	RepeatedSearch SearchConfig `yaml:"repeated_search"`
	// SlowResponse: a slow request, and somebody who acts again while waiting.
	SlowResponse SlowConfig `yaml:"slow_response"`
	// ErrorLeave: the session ends soon after an error.
	ErrorLeave WithinConfig `yaml:"error_leave"`
	// ServerErrorChain: one server error after the other.
	ServerErrorChain ChainConfig `yaml:"server_error_chain"`
	// Crash: the app crashed.
	Crash SwitchConfig `yaml:"crash"`
	// CrashRestart: the app was started again after a crash.
	CrashRestart RestartConfig `yaml:"crash_restart"`
	// Hang: the app did not answer, long or often.
	Hang HangConfig `yaml:"hang"`
	// RequestStorm: the app sends the same request again and again.
	RequestStorm BurstConfig `yaml:"request_storm"`
	// ErrorBounce: a session of one page that ends soon after an error.
	ErrorBounce WithinConfig `yaml:"error_bounce"`
	// DropOff: a visit that ends because the session does.
	DropOff SwitchConfig `yaml:"drop_off"`
	// BackTracking: a visit left for an earlier step.
	BackTracking SwitchConfig `yaml:"back_tracking"`
	// HelpSeeking: asking for help in the middle of a journey.
	HelpSeeking HelpConfig `yaml:"help_seeking"`
	// NegativeSurvey: a survey answered at the unhappy end of its scale.
	NegativeSurvey SurveyConfig `yaml:"negative_survey"`
	// Suppress holds known false alarms: entries that are added to the built-in ones, replace one of the same name, or switch one off.
	Suppress []Suppress `yaml:"suppress"`
	// Overrides give signals other thresholds in some places; the first that matches wins.
	Overrides []Override `yaml:"overrides"`
}

// DefaultConfig returns the defaults; where they come from is in docs/signals.md.
func DefaultConfig() Config {
	c := Config{
		RageClick:       RageConfig{Enabled: true, Clicks: 4, Within: time.Second, Distance: 30},
		RageTap:         RageConfig{Enabled: true, Clicks: 3, Within: time.Second, Distance: 30, Same: TargetAndDistance},
		DeadClick:       DeadClickConfig{Enabled: true, Within: 2500 * time.Millisecond, Repeat: time.Second, Forgive: time.Second},
		ErrorClick:      WithinConfig{Enabled: true, Within: 2 * time.Second},
		ThrashedCursor:  TurnsConfig{Enabled: true, Count: 20, Within: 2 * time.Second, Distance: 5},
		ExcessiveScroll: TurnsConfig{Enabled: true, Count: 6, Within: 10 * time.Second, Distance: 100},

		QuickBack:  WithinConfig{Enabled: true, Within: 5 * time.Second},
		PageLoop:   PageLoopConfig{Enabled: true, Entries: 3, Within: 15 * time.Second},
		ReloadLoop: BurstConfig{Enabled: true, Count: 3, Within: 30 * time.Second},

		Retry:           RetryConfig{Enabled: true, Within: 30 * time.Second, Slow: 10 * time.Second},
		RepeatedSubmit:  BurstConfig{Enabled: true, Count: 2, Within: 5 * time.Second},
		ValidationLoop:  BurstConfig{Enabled: true, Count: 2, Within: 2 * time.Minute},
		FormAbandonment: FormConfig{Enabled: true, Fields: 2},
		FieldReentry:    BurstConfig{Enabled: true, Count: 3, Within: time.Minute},
		Hesitation:      PauseConfig{Enabled: true, AtLeast: 10 * time.Second, AtMost: 2 * time.Minute},
		RepeatedSearch:  SearchConfig{Enabled: true, Count: 3, Within: time.Minute},

		SlowResponse:     SlowConfig{Enabled: true, After: 3 * time.Second, Again: time.Second},
		ErrorLeave:       WithinConfig{Enabled: true, Within: 10 * time.Second},
		ServerErrorChain: ChainConfig{Enabled: true, Count: 3, Within: 30 * time.Second, Operations: 2},
		Crash:            SwitchConfig{Enabled: true},
		CrashRestart:     RestartConfig{Enabled: true, Within: 30 * time.Second, Names: []string{"start", "launch", "cold_start", "app_start", "open", "application_opened"}},
		Hang:             HangConfig{Enabled: true, AtLeast: 2 * time.Second, Count: 5, Within: 10 * time.Second},
		RequestStorm:     BurstConfig{Enabled: true, Count: 20, Within: 5 * time.Second},

		ErrorBounce:    WithinConfig{Enabled: true, Within: 30 * time.Second},
		DropOff:        SwitchConfig{Enabled: true},
		BackTracking:   SwitchConfig{Enabled: true},
		HelpSeeking:    HelpConfig{Enabled: true, Within: time.Minute},
		NegativeSurvey: SurveyConfig{Enabled: true},
	}
	return c
}

// longest bounds every threshold, so that a session's memory of what came before stays bounded.
const longest = 10 * time.Minute

// most bounds every count, for the same reason.
const most = 64

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	_, err := New(c)
	return err
}

// validateNumbers checks what is in force, but for lists.
func (c Config) validateNumbers() error {
	for _, k := range c.knobs() {
		if err := k.validate(); err != nil {
			return fmt.Errorf("signals.%s.%w", k.kind, err)
		}
	}
	if err := c.validateChoices(); err != nil {
		return fmt.Errorf("signals.%w", err)
	}
	return nil
}
