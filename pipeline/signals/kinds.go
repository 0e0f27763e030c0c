package signals

import "friction/pipeline/detect"

// The kinds of signals. Their numbers are in saved state and never change.
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
	NumKinds
)

// About says what a kind of signal is.
type About struct {
	Name    string  // in tables and configuration
	Means   string  // to the customer
	Run     string  // what one run is, by default
	Counts  string  // what a run's count is of
	Weight  float64 // default chance that one run was enough to hurt
	Cap     int     // how many runs of one visit count, by default
	Session bool    // tells of the session as a whole: shown beside scores, never in them
}

// Name is what a kind is called in tables and configuration.
func Name(k detect.Kind) string {
	switch {
	case k == detect.NoKind:
		return ""
	case k >= NumKinds:
		return "unknown"
	}
	return kinds[k].Name
}

// AboutOf says what a kind is.
func AboutOf(k detect.Kind) About { return kinds[k] }

// KindOf returns the kind of a name.
func KindOf(name string) (detect.Kind, bool) {
	for k := range NumKinds {
		if kinds[k].Name == name {
			return k, true
		}
	}
	return detect.NoKind, false
}
