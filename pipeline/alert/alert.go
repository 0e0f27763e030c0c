package alert

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"friction/pipeline/notify"
)

// Rule is what raised an alert.
type Rule string

// The rules.
const (
	Friction  Rule = "friction"  // a step hurts more, or loses more, than usual for it
	Unreached Rule = "unreached" // nobody reaches a step any more
	Absence   Rule = "absence"   // an app sends nothing any more
	Watermark Rule = "watermark" // the data does not advance
)

// The states of an alert, in the order in which it takes them, and how urgent it is.
const (
	Raised   = notify.Raised
	Updated  = notify.Updated
	Resolved = notify.Resolved

	Warning  = notify.Warning
	Critical = notify.Critical
)

// Alert is one trouble from being raised until being resolved. All times are event time.
type Alert struct {
	ID       uuid.UUID // of rule, step and RaisedAt: two alerters give one alert one id
	Seq      uint32    // of the change, from 1
	Rule     Rule
	State    notify.State
	Severity notify.Severity
	Series            // what it is about; with a dimension, who is hit: those raise it, or explain most of it
	Only     bool     // they alone: everyone together does not stand out
	Explains float64  // share of the harm that is theirs, 0 to 1; 0 for everyone
	Among    float64  // share of the visits that is theirs
	Metric   Metric   // what stood out
	Also     []Metric // what else did since
	// Inhibits are steps that are hit along with it, and much less: they raise no alert of their own.
	Inhibits []Inhibited
	Observed float64 // since it began: score 0 to 100, share of lost visits in percent, visits, or seconds behind
	Peak     float64 // the highest that Observed was, of enough visits
	Expected float64 // what is usual for it, in the same unit
	Bound    float64 // what Observed had to exceed, or to fall below
	Visits   uint64  // behind Observed
	Hurt     uint64  // of these, hurt or lost
	Alarms   float64 // false alarms a week to be expected at this bound
	Window   time.Duration

	Since      time.Time // when the trouble began, as far as can be told
	RaisedAt   time.Time
	UpdatedAt  time.Time
	ResolvedAt time.Time // zero until then
}

// Inhibited is a step that trouble elsewhere reaches: a click there fails because of what comes next, or people who
// finished a journey are hurt in another while their last visit is open. (Alertmanager calls an alert inhibited when
// another one that is open explains it.)
type Inhibited struct {
	StepName
	Since time.Time
}

// Change is an alert as it stands after one change.
type Change = Alert

// idSpace is the namespace of the ids.
var idSpace = uuid.MustParse("6f0d6a4e-6d0c-4e62-9a53-0a5f5b1c7f11")

// identify gives an alert its id.
func (a *Alert) identify() {
	text := strings.Join([]string{string(a.Rule), a.App, a.Journey, a.Step, a.RaisedAt.UTC().Format(time.RFC3339)}, "\x00")
	a.ID = uuid.NewSHA1(idSpace, []byte(text))
}
