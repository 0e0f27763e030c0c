package signals

import (
	"slices"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var deadSwipeSignal = detect.Declaration{
	Name: "dead_swipe", Revision: 1,
	Summary: "a swipe to which nothing moves",
	Means:   "swipes and nothing moves",
	One:     "a swipe to which nothing moves while the finger does and within 2.5 s after",
	Source:  "2.5 s, and what counts during the gesture, as PostHog has it for dead swipes. Canvas, video, audio and embedded objects are left out, as there.",
	Weight:  0.15, Cap: 3, Where: detect.ByTarget,
	Thresholds: DeadSwipeThresholds{Enabled: true, Within: 2500 * time.Millisecond},
	Needs: []detect.Need{
		needs("a swipe", `{"type": "swipe", "target": {"id", "tag", "role"}, "duration_ms"} when a finger has moved by 30 px or more and is lifted`, detect.TypesOf(event.Swipe)),
		needMutation,
	},
	Rule:     detect.RuleOf(DeadSwipeThresholds.rule),
	MostHeld: maxUnanswered,
}

// DeadSwipeThresholds bound the wait for a reaction.
type DeadSwipeThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how long after the swipe a reaction may come.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
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

type swipeRule struct{ within event.Millis }

func (c DeadSwipeThresholds) rule() detect.Rule {
	shared := &swipeRule{session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Swipe), Observes: moving | detect.TypesOf(event.Crash),
		Starts: shared.judges, Reactions: &detect.ReactionSpan{Within: shared.within, Most: shared.within},
		New: func() detect.Detector { return &deadSwipe{swipeRule: shared} },
	}
}

func (d *deadSwipe) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		d.expire(in)
	case e.Type != event.Swipe:
		d.answer(func(s *detect.Signal) bool { return d.reacted(e.Time, s.Started, s.Ended) })
	case d.judges(in):
		d.add(in, in.Now+d.within).Started = swipeBegan(e)
	}
}

// moving is what shows that something has moved.
var moving = detect.Views | detect.TypesOf(event.Mutation, event.Input, event.Scroll, event.Selection)

// swipeBegan is when the finger began to move.
func swipeBegan(e *event.Event) event.Millis {
	if !e.Has(event.HasDuration) {
		return e.Time
	}
	return e.Time - e.Duration
}

// judges says that something should react to the swipe in hand, and nothing that was
// processed before has.
func (d *swipeRule) judges(in *detect.Input) bool {
	e, known := in.Event, in.Reactions
	if !in.Mutated || e.Target != nil && slices.Contains(movesByItself, e.Target.Tag) {
		return false
	}
	return known == nil || in.Now > known.Other.Now+d.within+detect.Slack || !d.reacted(known.Other.Time, swipeBegan(e), e.Time)
}

// movesByItself are elements whose content is not the page's: what a swipe does there
// cannot be seen.
var movesByItself = []string{"canvas", "video", "audio", "embed", "object"}

// reacted reports a reaction to a swipe that began and ended at some times.
func (d *swipeRule) reacted(at, began, ended event.Millis) bool {
	return at >= began && at <= ended+d.within
}
