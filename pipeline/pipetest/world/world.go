package world

import (
	"fmt"
	"strings"

	"friction/pipeline/engine"
	"friction/pipeline/event"
)

// Record is one event of a log: the topic it is in and what it says. Its offset
// is its place among the records of its topic.
type Record struct {
	Topic int
	Event event.Event
}

// World is everything a task reads, in the order it arrives.
type World struct {
	Config engine.Config
	Topics []string
	Log    []Record
}

// String is the log in the order of arrival, one record a line.
func (w *World) String() string {
	var b strings.Builder
	c := &w.Config
	fmt.Fprintf(&b, "signals preset=%s suppress=%+v overrides=%+v\n", c.Signals.Preset, c.Signals.Suppress, c.Signals.Overrides)
	fmt.Fprintf(&b, "dead_click %+v\nerror_click %+v\ndead_swipe %+v\n", c.Signals.DeadClick, c.Signals.ErrorClick, c.Signals.DeadSwipe)
	fmt.Fprintf(&b, "sessions %+v\nscore slide=%v size=%v values=%d\njourneys %+v\nfilter %+v\n", c.Sessions, c.Score.Slide, c.Score.Size, c.Score.MaxValues, c.Journeys, c.Filter)
	for i := range w.Log {
		r := &w.Log[i]
		e := &r.Event
		fmt.Fprintf(&b, "%9d %d %s %-10s", e.Time-Dawn, r.Topic, e.User, e.Type)
		for _, x := range []struct{ name, value string }{
			{"id", e.ID}, {"client", e.Client}, {"page", e.Page}, {"op", e.Op}, {"target", e.Target.Name()},
		} {
			if x.value != "" {
				fmt.Fprintf(&b, " %s=%s", x.name, x.value)
			}
		}
		if t := e.Target; t != nil {
			for _, x := range []struct{ name, value string }{
				{"tag", t.Tag}, {"role", t.Role}, {"input", t.InputType}, {"href", t.Href}, {"selector", t.Selector}, {"text", t.Text},
			} {
				if x.value != "" {
					fmt.Fprintf(&b, " %s=%q", x.name, x.value)
				}
			}
		}
		if e.Type.IsAttempt() {
			fmt.Fprintf(&b, " failed=%v answered=%v", e.Failed(), e.Answered())
		}
		if e.Has(event.HasPosition) {
			fmt.Fprintf(&b, " at %v,%v", e.X, e.Y)
		}
		if e.Context != nil {
			fmt.Fprintf(&b, " %s", e.Context.Device)
		}
		fmt.Fprintf(&b, " %v\n", e.Attrs)
	}
	return b.String()
}
