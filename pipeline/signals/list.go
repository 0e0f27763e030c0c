package signals

import "friction/pipeline/detect"

// declared is the list of all signals, by number.
var declared = [NumKinds]*detect.Declaration{
	RageClick:        &rageClickSignal,
	DeadClick:        &deadClickSignal,
	ErrorClick:       &errorClickSignal,
	Retry:            &retrySignal,
	QuickBack:        &quickBackSignal,
	PageLoop:         &pageLoopSignal,
	DropOff:          &dropOffSignal,
	RageTap:          &rageTapSignal,
	ThrashedCursor:   &thrashedCursorSignal,
	ExcessiveScroll:  &excessiveScrollSignal,
	ReloadLoop:       &reloadLoopSignal,
	RepeatedSubmit:   &repeatedSubmitSignal,
	ValidationLoop:   &validationLoopSignal,
	FormAbandonment:  &formAbandonmentSignal,
	FieldReentry:     &fieldReentrySignal,
	Hesitation:       &hesitationSignal,
	RepeatedSearch:   &repeatedSearchSignal,
	SlowResponse:     &slowResponseSignal,
	ErrorLeave:       &errorLeaveSignal,
	ServerErrorChain: &serverErrorChainSignal,
	Crash:            &crashSignal,
	CrashRestart:     &crashRestartSignal,
	Hang:             &hangSignal,
	RequestStorm:     &requestStormSignal,
	ErrorBounce:      &errorBounceSignal,
	BackTracking:     &backTrackingSignal,
	HelpSeeking:      &helpSeekingSignal,
	NegativeSurvey:   &negativeSurveySignal,
	CopiedError:      &copiedErrorSignal,
	DeadSwipe:        &deadSwipeSignal,
	SlowClick:        &slowClickSignal,
	AnyError:         &errorSignal,
	FailedRequest:    &failedRequestSignal,
}

// All are the declarations of all signals, by number.
func All() []*detect.Declaration { return declared[:] }

// Absorption lists what absorbs what, in the order in which it is decided.
func Absorption() []detect.Absorption { return detect.AbsorptionOf(All()) }

// Of is the declaration of a kind.
func Of(k detect.Kind) *detect.Declaration { return declared[k] }

// Name is what a kind is called in tables and configuration.
func Name(k detect.Kind) string {
	switch {
	case k == detect.NoKind:
		return ""
	case k >= NumKinds:
		return "unknown"
	}
	return declared[k].Name
}

// KindOf returns the kind of a name.
func KindOf(name string) (detect.Kind, bool) {
	for k := range NumKinds {
		if declared[k].Name == name {
			return k, true
		}
	}
	return detect.NoKind, false
}
