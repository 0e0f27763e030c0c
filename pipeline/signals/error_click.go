package signals

import (
	"slices"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var errorClickSignal = detect.Declaration{
	Name: "error_click", Revision: 1, Failures: true,
	Summary: "a click followed by an error or a failed request",
	Means:   "clicks and gets an error",
	One:     "a click, and an error or failed request at most 2 s after it",
	Source: "2 s after the click, as New Relic and Amplitude; Splunk takes 1 s, Datadog the action of the click up " +
		"to 10 s.",
	Weight: 0.25, Cap: 3, Where: detect.ByTarget,
	Rank: 3,
	Absorbs: []detect.Absorbs{
		{What: ErrorLeave, Why: "the error has been counted when it answered the click"},
	},
	Thresholds: WithinThresholds{Enabled: true, Within: 2 * time.Second},
	Needs:      []detect.Need{needClick, needError},
	Rule:       detect.RuleOf(errorClickRule),
	MostHeld:   2 * maxUnpaired,
}

// errorClick pairs a click with an error or failed request at most `within` after it. One error belongs to one click:
// the latest that has none. Clicks and errors may come from two topics, so either may be processed first.
type errorClick struct {
	*errorRule
	clicks []unpaired
	errors []failure
}

type errorRule struct{ within event.Millis }

// unpaired is a click that has no error yet.
type unpaired struct {
	now    event.Millis
	signal detect.Signal // the signal, if an error comes
}

// failure is an error that has no click yet.
type failure struct {
	now  event.Millis
	time event.Millis
	id   string
	op   string
	kind detect.Kind // Crash when it is one, which counts by itself
}

func errorClickRule(c WithinThresholds) detect.Rule {
	shared := &errorRule{c.millis()}
	return detect.Rule{
		Triggers: detect.Clicks, Prelude: failures,
		Starts: func(in *detect.Input) bool { return in.Event.Type.IsClick() || isFailure(in.Event) },
		New:    func() detect.Detector { return &errorClick{errorRule: shared} },
	}
}

func (x *errorClick) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		return
	case e.Type.IsClick():
		x.forget(in)
		x.click(in)
	case isFailure(e):
		x.forget(in)
		x.fail(in)
	}
}

// click pairs the current click with the earliest error that waits for one.
func (x *errorClick) click(in *detect.Input) {
	s := in.Begin()
	earliest := -1
	for i, f := range x.errors {
		if f.time >= s.Started && f.time-s.Started <= x.within && (earliest < 0 || f.time < x.errors[earliest].time) {
			earliest = i
		}
	}
	if earliest >= 0 {
		f := x.errors[earliest]
		x.errors = slices.Delete(x.errors, earliest, earliest+1)
		x.pair(in, s, f)
		return
	}
	x.clicks = detect.Push(in, x.clicks, unpaired{in.Now, s}, maxUnpaired, event.LimitUnpaired)
}

// fail pairs the current error with the latest click before it that has no error.
func (x *errorClick) fail(in *detect.Input) {
	f := failure{in.Now, in.Event.Time, in.EventID(), in.Event.Op, detect.NoKind}
	if in.Event.Type == event.Crash && in.Counts(Crash) {
		f.kind = Crash
	}
	latest := -1
	for i := range x.clicks {
		s := &x.clicks[i].signal
		if f.time >= s.Started && f.time-s.Started <= x.within && (latest < 0 || s.Started >= x.clicks[latest].signal.Started) {
			latest = i
		}
	}
	if latest < 0 {
		x.errors = detect.Push(in, x.errors, f, maxUnpaired, event.LimitUnpaired)
		return
	}
	s := x.clicks[latest].signal
	x.clicks = slices.Delete(x.clicks, latest, latest+1)
	x.pair(in, s, f)
}

func (x *errorClick) pair(in *detect.Input, s detect.Signal, f failure) {
	s.Count, s.Op = 1, f.op
	s.Add(f.time, f.id)
	if s.AbsorbedBy == detect.NoKind {
		s.AbsorbedBy = f.kind
	}
	in.Find(s)
	if f.kind == detect.NoKind {
		in.Claim(f.id)
	}
}

// maxUnpaired bounds clicks without error, and errors without click, of a session. The oldest is forgotten.
const maxUnpaired = 32

// forget drops what was processed too long ago to be paired with the current event, and what no later event can
// belong to.
func (x *errorClick) forget(in *detect.Input) {
	taken := in.Now - x.within - detect.Slack
	x.clicks = detect.Drop(x.clicks, func(c unpaired) bool { return c.now < taken || c.signal.Started+x.within < in.Settled })
	x.errors = detect.Drop(x.errors, func(f failure) bool { return f.now < taken || f.time < in.Settled })
}

func (x *errorClick) Pending(now event.Millis) detect.Pending {
	newest, since := event.Beginning/2, event.Never
	for i := range x.clicks {
		newest, since = x.clicks[i].now, min(since, x.clicks[i].signal.Started)
	}
	if n := len(x.errors); n > 0 {
		newest = max(newest, x.errors[n-1].now)
	}
	return detect.Pending{Due: event.Never, Since: since, Spent: newest+x.within+detect.Slack < now}
}

func (x *errorClick) Held(visit func(*detect.Signal)) {
	for i := range x.clicks {
		visit(&x.clicks[i].signal)
	}
}

func (x *errorClick) Save(s *event.State) {
	event.Slice(s, &x.clicks, func(c *unpaired) {
		event.Int(s, &c.now)
		c.signal.Save(s)
	})
	event.Slice(s, &x.errors, func(f *failure) {
		event.Int(s, &f.now)
		event.Int(s, &f.time)
		event.Str(s, &f.id)
		event.Str(s, &f.op)
		event.Uint(s, &f.kind)
	})
}
