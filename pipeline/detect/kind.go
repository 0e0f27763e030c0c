package detect

import "friction/pipeline/event"

// Kind is a kind of signal.
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
	NumKinds
)

// NoKind is no kind: nothing absorbed the signal.
const NoKind = NumKinds

var kindNames = [NumKinds + 1]string{
	"rage_click", "dead_click", "error_click", "retry", "quick_back", "page_loop", "drop_off", "",
}

// String is the name used in tables and configuration.
func (k Kind) String() string {
	if k > NumKinds {
		return "unknown"
	}
	return kindNames[k]
}

// KindOf returns the kind of a name.
func KindOf(name string) (Kind, bool) {
	for k := range NumKinds {
		if kindNames[k] == name {
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
	Started    event.Millis
	Ended      event.Millis
	Count      uint32
	Page       string
	Target     string
	Op         string
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
	event.Slice(st, &s.Events, func(id *string) { event.Str(st, id) })
}
