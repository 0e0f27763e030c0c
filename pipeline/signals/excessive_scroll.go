package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var excessiveScrollSignal = detect.Declaration{
	Name: "excessive_scroll", Revision: 1,
	Summary: "scrolling up and down one page",
	Means:   "searches up and down a page",
	One:     "scrolling turns round at least 6 times within 10 s on one page, by 100 px or more each time",
	Counts:  "reversals",
	Source: "6 turns of 100 px or more in 10 s: our choice. Clarity compares with the average of the page and " +
		"publishes no number.",
	Weight: 0.10, Cap: 2, Where: detect.ByPage,
	Thresholds: ReversalThresholds{Enabled: true, Count: 6, Within: 10 * time.Second, Distance: 100},
	Needs: []detect.Need{
		needs("how far a page is scrolled", `{"type": "scroll", "x", "y"}: y is the scroll position, a few times a second while it changes`, detect.TypesOf(event.Scroll), hasPosition),
	},
	Rule:     detect.RuleOf(excessiveScrollRule),
	MostHeld: 1 + detect.Most,
}

// excessiveScroll finds at least `count` reversals of scrolling on one page, each of at least `distance`, the first
// and the last of so many at most `within` apart. y of a scroll event is how far the page is scrolled.
type excessiveScroll struct {
	bursts
	distance float64
	y        reversals
	now      event.Millis
}

func excessiveScrollRule(c ReversalThresholds) detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Scroll), Observes: detect.Views,
		Starts: func(in *detect.Input) bool { return in.Event.Has(event.HasPosition) },
		New: func() detect.Detector {
			return &excessiveScroll{bursts: bursts{burstRule: shared}, distance: c.Distance}
		},
	}
}

func (x *excessiveScroll) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		x.expire(in)
	case e.Type.IsView():
		x.finishAll(in)
		x.y = reversals{}
	case e.Has(event.HasPosition):
		if in.Now > x.now+x.within {
			x.y = reversals{}
		}
		x.now = in.Now
		if x.y.turn(e.Y, x.distance) {
			x.add(in, "")
		}
	}
}

func (x *excessiveScroll) Pending(now event.Millis) detect.Pending {
	r := x.bursts.Pending(now)
	r.Spent = r.Spent && x.now+x.within < now
	return r
}

func (x *excessiveScroll) Save(s *event.State) {
	x.bursts.Save(s)
	x.y.save(s)
	event.Int(s, &x.now)
}
