package oracle

import (
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// occurrence is a record at its place in the order of effective time.
type occurrence struct {
	topic      int
	offset     int64
	effective  event.Millis
	e          *event.Event
	outOfOrder bool   // not for visits and detectors
	siteStep   string // step of `site`, "" where the event has none
}

// history is one session as the rules make it.
type history struct {
	name               string
	opened, start, end event.Millis
	split              bool
	campaign           string
	newest             map[int]event.Millis
	ids                map[string]bool
	all                []*occurrence // every event that joined it
	seen               []*occurrence // what visits and detectors see of it
	duplicates, capped uint32
}

// visit is one visit.
type visit struct {
	journey, step   string
	index           uint8
	attempt, number uint16
	entered, left   event.Millis
	outcome         journey.Outcome
	midway, skipped bool
	site            bool
	by              *occurrence // what entered it
	leftBy          *occurrence // nil when the session's end did
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
	events           []*occurrence
	made             int   // events processed when it was made
	began            int   // events processed when it was there to be absorbed
	claims           []int // for each event, how many had been processed when the run counted it; nil when it absorbs nothing
	absorbed         string
	refs             []*visit
}
