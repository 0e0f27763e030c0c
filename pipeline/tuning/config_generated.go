// Code generated from the declarations of package signals by make golden. DO NOT EDIT.

package tuning

import "friction/pipeline/signals"

// Config is the section `signals` of the configuration: what was set, over the
// defaults. See [Config.InForce].
type Config struct {
	// Preset names the product whose own rules take the place of our defaults: posthog, posthog_ios, datadog, openobserve, faro, sentry, sentry_rn, openreplay, mixpanel, amplitude, newrelic, splunk, highlight, conviva; or one whose numbers are not public, such as clarity.
	Preset string `yaml:"preset"`
	// RageClick: several clicks at one place in quick succession.
	RageClick signals.RageThresholds `yaml:"rage_click"`
	// DeadClick: a click on something interactive to which nothing reacts.
	DeadClick signals.DeadClickThresholds `yaml:"dead_click"`
	// ErrorClick: a click followed by an error or a failed request.
	ErrorClick signals.ErrorClickThresholds `yaml:"error_click"`
	// Retry: the same operation again after it failed, was slow or had no answer.
	Retry signals.RetryThresholds `yaml:"retry"`
	// QuickBack: to another page and straight back.
	QuickBack signals.WithinThresholds `yaml:"quick_back"`
	// PageLoop: the same page entered again and again.
	PageLoop signals.PageLoopThresholds `yaml:"page_loop"`
	// DropOff: a visit that ends because the session does.
	DropOff signals.SwitchThresholds `yaml:"drop_off"`
	// RageTap: several taps at one place in quick succession.
	RageTap signals.RageThresholds `yaml:"rage_tap"`
	// ThrashedCursor: the pointer shaken to and fro on one axis.
	ThrashedCursor signals.ReversalThresholds `yaml:"thrashed_cursor"`
	// ExcessiveScroll: scrolling up and down one page.
	ExcessiveScroll signals.ReversalThresholds `yaml:"excessive_scroll"`
	// ReloadLoop: the page one is on loaded again and again.
	ReloadLoop signals.ReloadLoopThresholds `yaml:"reload_loop"`
	// RepeatedSubmit: the same form sent again although it had not failed.
	RepeatedSubmit signals.BurstThresholds `yaml:"repeated_submit"`
	// ValidationLoop: the same form refused again and again.
	ValidationLoop signals.BurstThresholds `yaml:"validation_loop"`
	// FormAbandonment: a form filled in and left.
	FormAbandonment signals.FormThresholds `yaml:"form_abandonment"`
	// FieldReentry: the same field entered again and again, others in between.
	FieldReentry signals.BurstThresholds `yaml:"field_reentry"`
	// Hesitation: a long pause in a field before it is left.
	Hesitation signals.PauseThresholds `yaml:"hesitation"`
	// RepeatedSearch: search after search, no result opened.
	RepeatedSearch signals.SearchThresholds `yaml:"repeated_search"`
	// SlowResponse: a slow request, and somebody who acts again while waiting.
	SlowResponse signals.SlowThresholds `yaml:"slow_response"`
	// ErrorLeave: the session ends soon after an error.
	ErrorLeave signals.WithinThresholds `yaml:"error_leave"`
	// ServerErrorChain: one server error after the other.
	ServerErrorChain signals.ChainThresholds `yaml:"server_error_chain"`
	// Crash: the app crashed.
	Crash signals.SwitchThresholds `yaml:"crash"`
	// CrashRestart: the app was started again after a crash.
	CrashRestart signals.RestartThresholds `yaml:"crash_restart"`
	// Hang: the app did not answer, long or often.
	Hang signals.HangThresholds `yaml:"hang"`
	// RequestStorm: the app sends the same request again and again.
	RequestStorm signals.BurstThresholds `yaml:"request_storm"`
	// ErrorBounce: a session of one page that ends soon after an error.
	ErrorBounce signals.WithinThresholds `yaml:"error_bounce"`
	// BackTracking: a visit left for an earlier step.
	BackTracking signals.SwitchThresholds `yaml:"back_tracking"`
	// HelpSeeking: asking for help in the middle of a journey.
	HelpSeeking signals.HelpThresholds `yaml:"help_seeking"`
	// NegativeSurvey: a survey answered at the unhappy end of its scale.
	NegativeSurvey signals.SurveyThresholds `yaml:"negative_survey"`
	// CopiedError: text selected soon after an error or a failed request.
	CopiedError signals.WithinThresholds `yaml:"copied_error"`
	// DeadSwipe: a swipe to which nothing moves.
	DeadSwipe signals.DeadSwipeThresholds `yaml:"dead_swipe"`
	// SlowClick: a click whose effect shows after seconds.
	SlowClick signals.SlowClickThresholds `yaml:"slow_click"`
	// Error: an error that the page or app reports.
	Error signals.WithinThresholds `yaml:"error"`
	// FailedRequest: a request that failed.
	FailedRequest signals.WithinThresholds `yaml:"failed_request"`
	// Only names the signals that are looked for; all others are off. Empty is all.
	Only []string `yaml:"only"`
	// FromTracker names the signals that the tracker finds itself and sends ready-made; our own rules for them are off.
	FromTracker []string `yaml:"from_tracker"`
	// Suppress holds known false alarms: entries that are added to the built-in ones, replace one of the same name, or switch one off.
	Suppress []Suppress `yaml:"suppress"`
	// Overrides give signals other thresholds in some places; the first that matches wins.
	Overrides []Override `yaml:"overrides"`
	// Explicit lists the keys that were set to their default, such as dead_click.within, where there is a preset.
	Explicit []string `yaml:"-" json:",omitempty"`
}
