package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// Reaction says which events answer what a signal is about, and when they do.
type Reaction struct {
	// Types are event types.
	Types journey.Values `yaml:"types"`
	// Before is how long before it such an event is an answer already, as of a menu that opens when the pointer goes down.
	Before time.Duration `yaml:"before"`
	// Within is how long after it such an event is an answer; 0 is the within of the signal.
	Within time.Duration `yaml:"within"`
}

// Windows is compiled reactions: when an event of each type is an answer.
type Windows struct {
	Types          Types
	Before, Within event.Millis // the longest
	before, within [event.NumTypes]event.Millis
}

// WindowsOf compiles reactions. within is what a reaction without a time of its own has. The error begins with the
// place in the list.
func WindowsOf(list []Reaction, within time.Duration) (*Windows, error) {
	w := &Windows{}
	for i, r := range list {
		if len(r.Types) == 0 {
			return nil, fmt.Errorf("[%d].types: missing; name the event types that are a reaction, such as [mutation]", i)
		}
		for _, x := range []struct {
			key string
			d   time.Duration
		}{{"before", r.Before}, {"within", r.Within}} {
			if x.d < 0 || x.d > Longest || x.d%time.Millisecond != 0 {
				return nil, fmt.Errorf("[%d].%s: %v is not a whole number of milliseconds from 0 to %v", i, x.key, x.d, Longest)
			}
		}
		after := r.Within
		if after == 0 {
			after = within
		}
		for j, name := range r.Types {
			t, ok := event.TypeOf(name)
			switch {
			case !ok:
				return nil, fmt.Errorf("[%d].types[%d]: unknown event type %q", i, j, name)
			case judged.Has(t):
				return nil, fmt.Errorf("[%d].types[%d]: %s is what reactions are looked for, and is none", i, j, name)
			case w.Types.Has(t):
				return nil, fmt.Errorf("[%d].types[%d]: %s is in the list twice", i, j, name)
			}
			w.add(t, session.Millis(r.Before), session.Millis(after))
		}
	}
	return w, nil
}

// judged are types that are no reactions: their answers are looked for.
var judged = Clicks | TypesOf(event.Swipe)

func (w *Windows) add(t event.Type, before, within event.Millis) {
	w.Types |= 1 << t
	w.before[t], w.within[t] = before, within
	w.Before, w.Within = max(w.Before, before), max(w.Within, within)
}

// Hold reports whether an event of a type at some time answers what lasted from one time to another.
func (w *Windows) Hold(t event.Type, at, from, to event.Millis) bool {
	return w.Types.Has(t) && at >= from-w.before[t] && at <= to+w.within[t]
}

// Of is how long after it an event of a type is an answer.
func (w *Windows) Of(t event.Type) event.Millis { return w.within[t] }

// Began is when what an event tells of began: a request and a swipe are told when they are over.
func Began(e *event.Event) event.Millis {
	if !e.Has(event.HasDuration) || !toldAtEnd.Has(e.Type) {
		return e.Time
	}
	return e.Time - e.Duration
}

var toldAtEnd = TypesOf(event.Request, event.Swipe)

// DescribeReactions are all reactions if any is not as usual.
func DescribeReactions(have, usual []Reaction) (said []string) {
	words := func(list []Reaction) (all []string) {
		for _, r := range list {
			all = append(all, fmt.Sprintf("%s:-%v+%v", strings.Join(r.Types, ","), r.Before, r.Within))
		}
		return all
	}
	if x := words(have); !slices.Equal(x, words(usual)) {
		said = append(said, "reactions="+strings.Join(x, ";"))
	}
	return said
}
