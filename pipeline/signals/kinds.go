package signals

import "friction/pipeline/detect"

// The kinds of signals. Their numbers are in saved state and never change: a new
// signal goes to the end.
const (
	RageClick detect.Kind = iota
	DeadClick
	ErrorClick
	Retry
	QuickBack
	PageLoop
	DropOff
	RageTap
	ThrashedCursor
	ExcessiveScroll
	ReloadLoop
	RepeatedSubmit
	ValidationLoop
	FormAbandonment
	FieldReentry
	Hesitation
	RepeatedSearch
	SlowResponse
	ErrorLeave
	ServerErrorChain
	Crash
	CrashRestart
	Hang
	RequestStorm
	ErrorBounce
	BackTracking
	HelpSeeking
	NegativeSurvey
	CopiedError
	DeadSwipe
	SlowClick
	AnyError
	FailedRequest
	NumKinds
)
