package signals

import (
	"fmt"
	"slices"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var deadSwipeSignal = detect.Declaration{
	Name: "dead_swipe", Revision: 2,
	Summary: "a swipe to which nothing moves",
	Means:   "swipes and nothing moves",
	One:     "a swipe to which nothing moves while the finger does and within 2.5 s after",
	Source:  "2.5 s, and what counts during the gesture, as PostHog has it for dead swipes. Canvas, video, audio and embedded objects are left out, as there.",
	Weight:  0.15, Cap: 3, Where: detect.ByTarget,
	Thresholds: DeadSwipeThresholds{
		Enabled: true, Within: 2500 * time.Millisecond,
		Reactions: []detect.Reaction{{Types: []string{"mutation", "page_view", "screen_view", "input", "scroll", "selection", "crash"}}},
	},
	Needs: []detect.Need{
		needs("a swipe", `{"type": "swipe", "target": {"id", "tag", "role"}, "duration_ms"} when a finger has moved by 30 px or more and is lifted`, detect.TypesOf(event.Swipe)),
		needMutation,
	},
	Rule:     detect.RuleOrError(DeadSwipeThresholds.rule),
	MostHeld: maxUnanswered,
}

// DeadSwipeThresholds bound the wait for a reaction.
type DeadSwipeThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how long after the swipe a reaction may come.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Reactions are the events that are a reaction, while the finger moves or after.
	Reactions []detect.Reaction `yaml:"reactions"`
}

// Validate names the key and the value it cannot work with.
func (c *DeadSwipeThresholds) Validate() error {
	if _, err := detect.WindowsOf(c.Reactions, c.Within); err != nil {
		return fmt.Errorf("reactions%w", err)
	}
	return nil
}

// Describe names what is not the default.
func (c *DeadSwipeThresholds) Describe() string {
	usual, _ := deadSwipeSignal.Thresholds.(DeadSwipeThresholds)
	if said := detect.DescribeReactions(c.Reactions, usual.Reactions); len(said) > 0 {
		return " " + said[0]
	}
	return ""
}

// deadSwipe finds swipes to which nothing reacts from their beginning until `within`
// after their end. The time of the event is the end; the swipe began its duration
// before, and so does the signal. What moves is the page, or what is on it: a request
// that only loads something is no reaction. A crash is one, as it leaves no page to
// move. Only sessions that have sent a mutation before are judged: without them nothing
// can be said. A swipe still undecided when the session ends is dead.
type deadSwipe struct {
	*swipeRule
	unanswered
}

type swipeRule struct {
	windows *detect.Windows
	wait    event.Millis
}

func (c DeadSwipeThresholds) rule() (detect.Rule, error) {
	windows, err := detect.WindowsOf(c.Reactions, c.Within)
	if err != nil {
		return detect.Rule{}, err
	}
	shared := &swipeRule{windows, max(windows.Within, session.Millis(c.Within))}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Swipe), Observes: windows.Types, Starts: shared.judges,
		Reactions: &detect.ReactionSpan{Windows: windows, Most: max(shared.wait, windows.Before)},
		New:       func() detect.Detector { return &deadSwipe{swipeRule: shared} },
	}, nil
}

func (d *deadSwipe) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		d.expire(in, nil)
	case e.Type != event.Swipe:
		began := detect.Began(e)
		d.answer(func(s *detect.Signal) bool { return d.windows.Hold(e.Type, began, s.Started, s.Ended) })
	case d.judges(in):
		d.add(in, in.Now+d.wait).Started = detect.Began(e)
	}
}

// judges says that something should react to the swipe in hand, and nothing that was
// processed before has.
func (d *swipeRule) judges(in *detect.Input) bool {
	e, known := in.Event, in.Reactions
	if !in.Mutated || e.Target != nil && slices.Contains(movesByItself, e.Target.Tag) {
		return false
	}
	return known == nil || !known.Answered(in.Now, max(d.wait, d.windows.Before), func(t event.Type, at event.Millis) bool {
		return d.windows.Hold(t, at, detect.Began(e), e.Time)
	})
}

// movesByItself are elements whose content is not the page's: what a swipe does there
// cannot be seen.
var movesByItself = []string{"canvas", "video", "audio", "embed", "object"}
