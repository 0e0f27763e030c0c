package detect

import "friction/pipeline/event"

// Types is a set of event types.
type Types uint32

// TypesOf is the set of some types.
func TypesOf(list ...event.Type) (s Types) {
	for _, t := range list {
		s |= 1 << t
	}
	return s
}

// Has reports whether a type is in the set.
func (s Types) Has(t event.Type) bool { return s>>t&1 == 1 }

// Sets of types that many rules use.
var (
	Clicks   = TypesOf(event.Click, event.Tap)
	Views    = TypesOf(event.PageView, event.ScreenView)
	Attempts = TypesOf(event.Request, event.Submit)
	Anything = Types(1<<event.NumTypes - 1)
)
