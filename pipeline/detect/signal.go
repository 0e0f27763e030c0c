package detect

import (
	"slices"

	"friction/pipeline/event"
)

// Kind is the number of a kind of signal, as saved state has it. Package signals
// gives the numbers their names.
type Kind uint8

// NoKind is no kind: nothing absorbed the signal.
const NoKind Kind = 0xff

// KindSet is a set of kinds.
type KindSet uint64

// MaxKinds is how many kinds there can be.
const MaxKinds = 64

// Has reports whether a kind is in the set.
func (s KindSet) Has(k Kind) bool { return s>>k&1 == 1 }

// MaxEvents is how many event ids a signal names.
const MaxEvents = 20

// Signal is one occurrence of friction of one kind.
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
	Outcome    string // how it ended, for kinds that have an outcome

	taken uint32   // how many events the session had taken with the first event
	first string   // id of the first event, "" for a signal of none
	more  []string // of the next ones; most signals that begin have none
}

// First is the id of the first event, "" for a signal of none.
func (s *Signal) First() string { return s.first }

// Taken is how many events the session had taken with the first event of the signal: which visit it was on then.
func (s *Signal) Taken() uint32 { return s.taken }

// BeginWith makes an earlier event the beginning of the signal.
func (s *Signal) BeginWith(t event.Millis, taken uint32) { s.Started, s.taken = t, taken }

// Events are the ids of the first MaxEvents events.
func (s *Signal) Events() []string {
	if s.first == "" {
		return nil
	}
	return append([]string{s.first}, s.more...)
}

// names reports whether an event is among those that the signal names.
func (s *Signal) names(id string) bool {
	return s.first == id && id != "" || slices.Contains(s.more, id)
}

// Add extends the signal by an event.
func (s *Signal) Add(t event.Millis, id string) {
	s.Ended = max(s.Ended, t)
	switch {
	case s.first == "":
		s.first = id
	case len(s.more) < MaxEvents-1:
		s.more = append(s.more, id)
	}
}

// Save visits the state of a signal, except the rule that found it.
func (s *Signal) Save(st *event.State) {
	event.Uint(st, &s.Kind)
	event.Uint(st, &s.AbsorbedBy)
	event.Int(st, &s.Started)
	event.Int(st, &s.Ended)
	event.Uint(st, &s.Count)
	event.Uint(st, &s.taken)
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
