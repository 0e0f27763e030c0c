package signals

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

var errorClickSignal = detect.Declaration{
	Name: "error_click", Revision: 2, Failures: true,
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
	Thresholds: ErrorClickThresholds{Enabled: true, Within: 2 * time.Second, Errors: []string{"error", "crash", "request", "submit"}},
	Needs:      []detect.Need{needClick, needError},
	Rule:       detect.RuleOf(ErrorClickThresholds.rule),
	MostHeld:   2 * maxUnpaired,
}

// ErrorClickThresholds bounds the time from a click to its error.
type ErrorClickThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is the longest time from the click to the error.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Errors are the event types that are an error, where they tell of a failure: error, crash, request, submit.
	Errors journey.Values `yaml:"errors"`
	// Compat holds what only imitates the rules of other products; presets set it.
	Compat ErrorClickCompat `yaml:"compat"`
}

// ErrorClickCompat is what other products' rules of error clicks are made of besides.
type ErrorClickCompat struct {
	// Latest leaves every error to the latest click alone, which has only one.
	Latest bool `yaml:"latest"`
}

// Validate names the key and the value it cannot work with.
func (c *ErrorClickThresholds) Validate() error {
	for i, name := range c.Errors {
		if t, ok := event.TypeOf(name); !ok || !failures.Has(t) {
			return fmt.Errorf("errors[%d]: %q is none of error, crash, request, submit", i, name)
		}
	}
	return nil
}

// Describe names what is not the default.
func (c *ErrorClickThresholds) Describe() (text string) {
	if usual, _ := errorClickSignal.Thresholds.(ErrorClickThresholds); !slices.Equal(c.Errors, usual.Errors) {
		text = " errors=" + strings.Join(c.Errors, ",")
	}
	if c.Compat.Latest {
		text += " latest"
	}
	return text
}

// errorClick pairs a click with an error or failed request at most `within` after it. One error belongs to one click:
// the latest that has none. Clicks and errors may come from two topics, so either may be processed first.
type errorClick struct {
	*errorRule
	clicks []unpaired
	errors []failure
}

type errorRule struct {
	within event.Millis
	errors detect.Types
	latest bool // an error is the latest click's, or nobody's
}

// unpaired is a click that has no error yet.
type unpaired struct {
	now    event.Millis
	signal detect.Signal // the signal, if an error comes
	used   bool          // one has come
}

// failure is an error that has no click yet.
type failure struct {
	now  event.Millis
	time event.Millis
	id   string
	op   string
	kind detect.Kind // Crash when it is one, which counts by itself
}

func (c ErrorClickThresholds) rule() detect.Rule {
	shared := &errorRule{within: session.Millis(c.Within), latest: c.Compat.Latest}
	for _, name := range c.Errors {
		if t, ok := event.TypeOf(name); ok {
			shared.errors |= 1 << t
		}
	}
	return detect.Rule{
		Triggers: detect.Clicks, Prelude: failures,
		Starts: func(in *detect.Input) bool { return in.Event.Type.IsClick() || shared.fails(in.Event) },
		New:    func() detect.Detector { return &errorClick{errorRule: shared} },
	}
}

// fails reports an event that is an error of this rule.
func (x *errorRule) fails(e *event.Event) bool { return x.errors.Has(e.Type) && isFailure(e) }

func (x *errorClick) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		return
	case e.Type.IsClick():
		x.forget(in)
		x.click(in)
	case x.fails(e):
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
		if x.latest {
			x.clicks = detect.Push(in, x.clicks, unpaired{in.Now, s, true}, maxUnpaired, event.LimitUnpaired)
		}
		return
	}
	x.clicks = detect.Push(in, x.clicks, unpaired{in.Now, s, false}, maxUnpaired, event.LimitUnpaired)
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
	if latest < 0 || x.clicks[latest].used {
		x.errors = detect.Push(in, x.errors, f, maxUnpaired, event.LimitUnpaired)
		return
	}
	s := x.clicks[latest].signal
	if x.latest {
		x.clicks[latest].used = true
	} else {
		x.clicks = slices.Delete(x.clicks, latest, latest+1)
	}
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
		newest = x.clicks[i].now
		if !x.clicks[i].used {
			since = min(since, x.clicks[i].signal.Started)
		}
	}
	if n := len(x.errors); n > 0 {
		newest = max(newest, x.errors[n-1].now)
	}
	return detect.Pending{Due: event.Never, Since: since, Spent: newest+x.within+detect.Slack < now}
}

func (x *errorClick) Held(visit func(*detect.Signal)) {
	for i := range x.clicks {
		if !x.clicks[i].used {
			visit(&x.clicks[i].signal)
		}
	}
}

func (x *errorClick) Save(s *event.State) {
	event.Slice(s, &x.clicks, func(c *unpaired) {
		event.Int(s, &c.now)
		c.signal.Save(s)
		s.Bool(&c.used)
	})
	event.Slice(s, &x.errors, func(f *failure) {
		event.Int(s, &f.now)
		event.Int(s, &f.time)
		event.Str(s, &f.id)
		event.Str(s, &f.op)
		event.Uint(s, &f.kind)
	})
}
