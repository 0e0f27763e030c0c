package detect

import (
	"slices"

	"friction/pipeline/event"
)

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
	Count      uint32
	Started    event.Millis
	Ended      event.Millis
	Page       string
	Target     string
	Op         string
	Outcome    string // how it ended, where the kind says so

	first string   // id of the first event, "" for a signal of none
	more  []string // of the next ones; most signals in the making have none
}

// First is the id of the first event, "" for a signal of none.
func (s *Signal) First() string { return s.first }

// Events are the ids of the first MaxEvents events.
func (s *Signal) Events() []string {
	if s.first == "" {
		return nil
	}
	return append([]string{s.first}, s.more...)
}

// names reports whether the signal is made of an event, as far as it knows.
func (s *Signal) names(id string) bool {
	return s.first == id && id != "" || slices.Contains(s.more, id)
}

// add extends the run by an event.
func (s *Signal) add(t event.Millis, id string) {
	s.Ended = max(s.Ended, t)
	switch {
	case s.first == "":
		s.first = id
	case len(s.more) < MaxEvents-1:
		s.more = append(s.more, id)
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
	ids := s.Events()
	event.Slice(st, &ids, func(id *string) { event.Str(st, id) })
	if st.Reading() && len(ids) > 0 {
		s.first, s.more = ids[0], ids[1:]
	}
}
