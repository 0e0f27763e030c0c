package oracle

import (
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

type oracle struct {
	w               *world.World
	limits          session.Config
	settings        settings
	lists           *lists
	rules           map[string][]rule // by signal
	gap, grace, max event.Millis
	open            map[place]*history
	names           map[event.Key]int // how many sessions each had
	past            []span            // of the sessions that closed last, in order of closing
	horizon         event.Millis      // the latest end of those that are remembered no more
	closings        int
	left            []*leftAttempt // of sessions that closed, in order of closing
	histories       []*history
	rows            score.Rows
	counters        event.Counters
	counted         []counted
	ranks           map[*occurrence]int
	apps            []*known
	ended           int // sessions, those without an act included
}

// signal is the second reading of one signal.
type signal struct {
	name  string
	usual values // defaults, as docs/semantics.md has them
	// The keys of the thresholds that an override's count, within and distance stand for.
	count, within, distance string
	// absorbedBy names the signals that count in its place where both have found the same event.
	absorbedBy []string
	awaitsRage bool // it is held back until it is known whether its click is part of a rage
	shares     bool // its first events count for one finding only, whatever rules there are
	// find reads one rule over one session; nil for signals that are made of visits.
	find func(*reading) []*finding
	// visit reports a visit of a configured journey that is a signal.
	visit func(*visit) bool
}

// occurrence is a record at its place in the order of effective time.
type occurrence struct {
	topic      int
	offset     int64
	effective  event.Millis
	recorded   event.Millis // its time before the clock of its device was corrected
	e          *event.Event
	outOfOrder bool   // not for visits and detectors
	passive    bool   // no act
	early      bool   // before the first act of its session
	again      bool   // the same act as a click before it, or the same view
	siteStep   string // step of `site`, "" where the event has none
}

// history is one session as the rules make it.
type history struct {
	app                string // under which it is counted
	name               string
	opened, start, end event.Millis
	split              bool
	acts               int // how many of all are acts; with none, nobody may be there
	first              int // which of all is the first act, from 1
	campaign           string
	newest             map[int]event.Millis
	ids                map[string]bool
	offsets            map[device]event.Millis
	offset             event.Millis  // the largest taken away from an event
	all                []*occurrence // every event that joined it
	seen               []*occurrence // what detectors see of it
	duplicates, capped uint32
	overdue            bool
	closedAt           event.Millis // in effective time
	closing            int          // how many sessions had closed before

	entered  map[string]bool     // journeys that can be resumed and were entered
	inherits map[string]*attempt // attempts of an earlier session that it goes on with, by journey
	returned map[string]bool     // journeys that the next session goes on with
}

// leftAttempt is an attempt that a session ended without completing.
type leftAttempt struct {
	key     event.Key
	journey string
	until   event.Millis
	attempt *attempt
	of      *history
}

// device is what has one clock.
type device struct {
	topic  int
	client string
}

// place is where there is at most one open session.
type place struct {
	key     event.Key
	overdue bool
}

// span is when a session was that has closed.
type span struct {
	key        event.Key
	start, end event.Millis
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

// counted is a final visit, with what panes need of it.
type counted struct {
	app      string
	rank     int // place of its entering event among all events
	of       *history
	visit    *visit
	segments map[string]string
	pain     uint32
}

// override is an entry of signals.overrides.
type override struct {
	match         *journey.Match // nil: says nothing but steps
	step, signals []string
	off           bool
	values        settings // what it changes, by key
}

// rule is one set of thresholds for a signal: those of the configuration, or
// those of an override.
type rule struct {
	values values
	where  *override // nil: everywhere else
	off    bool
}

// reading is one rule of a signal, read over one session.
type reading struct {
	*oracle
	values
	s   *history
	sig *signal
	own map[*occurrence]bool // events that are for this rule, where overrides or suppression decide
}

// settings are thresholds by their key below `signals`, as text. The oracle
// reads the configuration as YAML, as its users write it, so that it shares no
// code with the packages that read it in production.
type settings map[string]string

// values are the settings of one signal or preset, by the last part of the key.
type values map[string]string

// lists are the settings that are no single value.
type lists struct {
	Suppress       []suppressed `yaml:"suppress"`
	Overrides      []override   `yaml:"-"`
	Only           []string     `yaml:"only"`
	FromTracker    []string     `yaml:"from_tracker"`
	RepeatedSearch searches     `yaml:"repeated_search"`
	HelpSeeking    searches     `yaml:"help_seeking"`
	CrashRestart   struct {
		Names []string `yaml:"names"`
	} `yaml:"crash_restart"`
	NegativeSurvey struct {
		Scales []scale `yaml:"scales"`
	} `yaml:"negative_survey"`
}

type searches struct {
	Match []journey.Match `yaml:"match"`
}

// suppressed is a known false alarm as the users of signals.suppress write it.
type suppressed struct {
	Name      string                    `yaml:"name"`
	Off       bool                      `yaml:"off"`
	Signals   []string                  `yaml:"signals"`
	Text      []string                  `yaml:"text"`
	Class     []string                  `yaml:"class"`
	Role      []string                  `yaml:"role"`
	Tag       []string                  `yaml:"tag"`
	InputType []string                  `yaml:"input_type"`
	ID        []string                  `yaml:"id"`
	Selector  []string                  `yaml:"selector"`
	Href      []string                  `yaml:"href"`
	Error     journey.Values            `yaml:"error"`
	Op        journey.Values            `yaml:"op"`
	Status    journey.Values            `yaml:"status"`
	Attrs     map[string]journey.Values `yaml:"attrs"`
	After     []string                  `yaml:"after"`
	For       string                    `yaml:"for"`
}

// scale is an attribute that the answer of a survey may be in.
type scale struct {
	Attr   string   `yaml:"attr"`
	AtMost float64  `yaml:"at_most"` // the highest number that is unhappy; below 0, numbers say nothing
	Words  []string `yaml:"words"`   // the answers that are unhappy
}
