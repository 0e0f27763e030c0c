package detect

import "friction/pipeline/event"

// Kind is a kind of signal. Its number is in saved state and never changes.
type Kind uint8

// The kinds of signals.
const (
	RageClick Kind = iota
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

// NoKind is no kind: nothing absorbed the signal.
const NoKind Kind = 0xff

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

// String is the name used in tables and configuration.
func (k Kind) String() string {
	switch {
	case k == NoKind:
		return ""
	case k >= NumKinds:
		return "unknown"
	}
	return kinds[k].Name
}

// About says what the kind is.
func (k Kind) About() About { return kinds[k] }

// KindOf returns the kind of a name.
func KindOf(name string) (Kind, bool) {
	for k := range NumKinds {
		if kinds[k].Name == name {
			return k, true
		}
	}
	return NoKind, false
}

// MaxEvents is how many event ids a signal names.
const MaxEvents = 20

// Signal is one finding: one run of one kind.
type Signal struct {
	Kind       Kind
	AbsorbedBy Kind // NoKind when it counts
	rule       uint16
	Started    event.Millis
	Ended      event.Millis
	Count      uint32
	Page       string
	Target     string
	Op         string
	Outcome    string   // how it ended, where the kind says so
	Events     []string // ids of the first MaxEvents events
}

// First is the id of the first event, "" for a signal of none.
func (s *Signal) First() string {
	if len(s.Events) == 0 {
		return ""
	}
	return s.Events[0]
}

// add extends the run by an event.
func (s *Signal) add(t event.Millis, id string) {
	s.Ended = max(s.Ended, t)
	if len(s.Events) < MaxEvents {
		s.Events = append(s.Events, id)
	}
}

func (s *Signal) save(st *event.State) {
	event.Uint(st, &s.Kind)
	event.Uint(st, &s.AbsorbedBy)
	event.Int(st, &s.Started)
	event.Int(st, &s.Ended)
	event.Uint(st, &s.Count)
	event.Str(st, &s.Page)
	event.Str(st, &s.Target)
	event.Str(st, &s.Op)
	event.Str(st, &s.Outcome)
	event.Slice(st, &s.Events, func(id *string) { event.Str(st, id) })
}
