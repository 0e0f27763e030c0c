package pipetest

import (
	"fmt"
	"strings"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
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

// happening is a record at its place in the order of effective time.
type happening struct {
	topic     int
	offset    int64
	effective event.Millis
	e         *event.Event
	behind    bool   // not for visits and detectors
	place     string // step of `site`, "" where the event has none
}

// life is one session as the rules make it.
type life struct {
	name               string
	opened, start, end event.Millis
	split              bool
	campaign           string
	newest             map[int]event.Millis
	ids                map[string]bool
	all                []*happening // everything it took
	seen               []*happening // what visits and detectors see of it
	duplicates, capped uint32
}

// stay is one visit.
type stay struct {
	journey, step   string
	index           uint8
	attempt, number uint16
	entered, left   event.Millis
	outcome         journey.Outcome
	midway, skipped bool
	site            bool
	by              *happening // what entered it
	leftBy          *happening // nil when the session's end did
	signals         map[string]uint64
}

// finding is one signal.
type finding struct {
	kind             string
	started, ended   event.Millis
	count            uint32
	page, target, op string
	outcome          string
	events           []*happening
	made             int   // events taken when it was made
	began            int   // events taken when it was there to be absorbed
	claims           []int // for each event, how many had been taken when the run counted it; nil when it absorbs nothing
	absorbed         string
	refs             []*stay
}

// String is the log in the order of arrival, one record a line.
func (w *World) String() string {
	var b strings.Builder
	c := &w.Config
	fmt.Fprintf(&b, "sessions %+v\nscore slide=%v size=%v values=%d\njourneys %+v\nfilter %+v\n", c.Sessions, c.Score.Slide, c.Score.Size, c.Score.MaxValues, c.Journeys, c.Filter)
	for i := range w.Log {
		r := &w.Log[i]
		e := &r.Event
		fmt.Fprintf(&b, "%9d %d %s %-10s", e.Time-dawn, r.Topic, e.User, e.Type)
		for _, x := range []struct{ name, value string }{
			{"id", e.ID}, {"client", e.Client}, {"page", e.Page}, {"op", e.Op}, {"target", e.Target.Name()},
		} {
			if x.value != "" {
				fmt.Fprintf(&b, " %s=%s", x.name, x.value)
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
