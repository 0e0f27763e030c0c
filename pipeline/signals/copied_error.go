package signals

import (
	"cmp"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var copiedErrorSignal = detect.Declaration{
	Name: "copied_error", Revision: 1, Failures: true,
	Summary: "text selected soon after an error or a failed request",
	Means:   "copies an error to ask somebody about it",
	One:     "text selected at most 10 s after the latest error or failed request, on the same page",
	Source: "Our choice: people copy the text of an error to support or to a search engine. 10 s are enough to read it; " +
		"who selects text later may well be reading again.",
	Weight: 0.20, Cap: 3, Where: detect.ByPage,
	Thresholds: WithinThresholds{Enabled: true, Within: 10 * time.Second},
	Needs: []detect.Need{
		needError,
		needs("a selection of text", `{"type": "selection", "page"} when text is selected, once each time`, detect.TypesOf(event.Selection)),
	},
	Rule:     detect.RuleOf(copiedErrorRule),
	MostHeld: 1,
}

// copiedError finds text that is selected at most `within` after the latest failure,
// on the page of that failure. One failure makes one signal: the first selection
// counts, because one drag of the mouse may be told by several events. Requests often
// name no page; they belong to the page that was viewed last.
type copiedError struct {
	within  event.Millis
	failure detect.Signal // the latest; Count 0: none
	now     event.Millis  // when it was processed
}

func copiedErrorRule(c WithinThresholds) detect.Rule {
	return detect.Rule{
		Triggers: detect.TypesOf(event.Selection), Prelude: failures,
		Starts: func(in *detect.Input) bool { return isFailure(in.Event) },
		New:    func() detect.Detector { return &copiedError{within: c.millis()} },
	}
}

func (x *copiedError) Observe(in *detect.Input) {
	e := in.Event
	if e == nil {
		return
	}
	if x.old(in.Now) {
		x.failure = detect.Signal{}
	}
	page := cmp.Or(e.Page, in.On.Page)
	switch {
	case e.Type == event.Selection:
		x.copied(in, page)
	case isFailure(e) && (x.failure.Count == 0 || e.Time >= x.failure.Started):
		x.failure, x.now = in.Begin(), in.Now
		x.failure.Page, x.failure.Count = page, 1
	}
}

// copied finds the failure, if it is the one whose text may have been selected.
func (x *copiedError) copied(in *detect.Input, page string) {
	e := in.Event
	after := e.Time - x.failure.Started
	if x.failure.Count == 0 || after < 0 || after > x.within || page != x.failure.Page {
		return
	}
	x.failure.Target = e.Target.Name()
	x.failure.Add(e.Time, in.EventID())
	in.Find(x.failure)
	x.failure = detect.Signal{}
}

// old says that no selection can belong to the failure any more.
func (x *copiedError) old(now event.Millis) bool { return x.now+x.within+detect.Slack < now }

func (x *copiedError) Pending(now event.Millis) detect.Pending {
	if x.failure.Count == 0 || x.old(now) {
		return detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	}
	return detect.Pending{Due: event.Never, Since: x.failure.Started}
}

func (x *copiedError) Save(s *event.State) {
	x.failure.Save(s)
	event.Int(s, &x.now)
}
