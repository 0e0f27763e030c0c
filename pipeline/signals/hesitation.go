package signals

import (
	"fmt"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var hesitationSignal = detect.Declaration{
	Name: "hesitation", Revision: 1,
	Summary: "a long pause in a field before it is left",
	Means:   "does not know what to put in a field",
	One:     "a pause of at least 10 s in a field, nothing else done, before it is filled or left",
	Source:  "10 s, at most 2 min, because then they have gone away: our choice.",
	Weight:  0.05, Cap: 3, Where: detect.ByTarget,
	Thresholds: PauseThresholds{Enabled: true, AtLeast: 10 * time.Second, AtMost: 2 * time.Minute},
	Needs:      []detect.Need{needField},
	Rule:       detect.RuleOf(PauseThresholds.rule),
	MostHeld:   1,
}

// PauseThresholds bounds a pause.
type PauseThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// AtLeast is the shortest pause.
	AtLeast time.Duration `yaml:"at_least" min:"1ms" max:"10m"`
	// AtMost is the longest; who pauses longer has gone away.
	AtMost time.Duration `yaml:"at_most" min:"1ms" max:"10m"`
}

// Validate names the key and the value it cannot work with.
func (c *PauseThresholds) Validate() error {
	if c.AtMost < c.AtLeast {
		return fmt.Errorf("at_most: %v is shorter than at_least %v", c.AtMost, c.AtLeast)
	}
	return nil
}

// hesitation finds a pause in a field, from when it was entered or last filled to when it is filled further or left,
// of at least `atLeast` and at most `atMost`. A pause with a change of visibility, or of the app's state, does not
// count: the customer looked elsewhere.
type hesitation struct {
	*pauseRule
	field string
	now   event.Millis
	open  detect.Signal // from the last focus or input
}

type pauseRule struct{ atLeast, atMost event.Millis }

func (c PauseThresholds) rule() detect.Rule {
	shared := &pauseRule{session.Millis(c.AtLeast), session.Millis(c.AtMost)}
	return detect.Rule{
		Triggers: working,
		Observes: detect.Views | detect.Clicks | detect.TypesOf(event.Blur, event.Submit, event.Visibility, event.Lifecycle),
		Starts:   func(in *detect.Input) bool { return isField(in.Event.Target) },
		New:      func() detect.Detector { return &hesitation{pauseRule: shared} },
	}
}

func (h *hesitation) Observe(in *detect.Input) {
	e := in.Event
	if e == nil {
		return
	}
	if in.Now > h.now+h.atMost {
		h.field = ""
	}
	name := e.Target.Name()
	switch {
	case e.Type == event.Visibility || e.Type == event.Lifecycle:
		h.field = ""
	case working.Has(e.Type) && isField(e.Target):
		h.leave(in)
		h.field, h.now, h.open = name, in.Now, in.Begin()
	case e.Type == event.Blur && name != h.field && name != "":
	case e.Type.IsClick() && name == h.field: // a click into the field itself
	default:
		h.leave(in)
	}
}

func (h *hesitation) leave(in *detect.Input) {
	pause := in.Event.Time - h.open.Started
	if h.field != "" && pause >= h.atLeast && pause <= h.atMost {
		h.open.Count = 1
		h.open.Add(in.Event.Time, in.EventID())
		in.Find(h.open)
	}
	h.field = ""
}

func (h *hesitation) Pending(now event.Millis) detect.Pending {
	if h.field == "" || h.now+h.atMost < now {
		return detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	}
	return detect.Pending{Due: event.Never, Since: h.open.Started, Spent: false}
}

func (h *hesitation) Save(s *event.State) {
	event.Str(s, &h.field)
	event.Int(s, &h.now)
	h.open.Save(s)
}
