package oracle

import (
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

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
	sig              *signal
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
