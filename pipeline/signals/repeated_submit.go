package signals

import (
	"cmp"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var repeatedSubmitSignal = detect.Declaration{
	Name: "repeated_submit", Revision: 2, Failures: true,
	Summary: "the same form sent again although it had not failed",
	Means:   "sends the same form again",
	One:     "the same form submitted again at most 5 s after it was, although it had not failed, and nothing put in since",
	Counts:  "repeats",
	Source:  "Again within 5 s: our choice.",
	Weight:  0.20, Cap: 3, Where: detect.ByOperation,
	Thresholds: BurstThresholds{Enabled: true, Count: 2, Within: 5 * time.Second},
	Needs: []detect.Need{
		needs("a submit that names its form", `{"type": "submit", "op": the form's id} for each try to send a form`, detect.TypesOf(event.Submit), hasOp),
	},
	Rule:     detect.RuleOf(repeatedSubmitRule),
	MostHeld: maxBursts * (1 + detect.Most),
}

// repeatedSubmit finds a form that is sent again at most `within` after it was,
// although nothing had failed, and as it was: nothing was put in meanwhile. The burst goes on with further ones; its count is the
// repeats.
type repeatedSubmit struct{ bursts }

func repeatedSubmitRule(c BurstThresholds) detect.Rule {
	shared := c.bursts()
	shared.gap, shared.less = true, 1
	return detect.Rule{
		Triggers: detect.TypesOf(event.Submit), Observes: detect.TypesOf(event.Request, event.Input),
		Starts: func(in *detect.Input) bool { return !in.Event.Failed() },
		New:    func() detect.Detector { return &repeatedSubmit{bursts{burstRule: shared}} },
	}
}

func (r *repeatedSubmit) Observe(in *detect.Input) {
	if in.Event == nil {
		r.expire(in)
		return
	}
	switch in.Event.Type {
	case event.Input: // what comes next is another form
		r.finishAll(in)
		return
	case event.Request:
		if in.Event.Failed() || !in.Event.Answered() { // what comes next is a retry
			r.finishAll(in)
		}
		return
	}
	form := formOf(in.Event)
	r.add(in, form)
	if in.Event.Failed() { // what comes next is a retry
		r.finish(in, form)
	}
}

// formOf is the form that an event is about.
func formOf(e *event.Event) string { return cmp.Or(e.Op, e.Target.Name(), e.Page) }
