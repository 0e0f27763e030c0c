package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/session"
)

var reloadLoopSignal = detect.Declaration{
	Name: "reload_loop", Revision: 3,
	Summary: "the page one is on loaded again and again",
	Means:   "reloads a page that does not come right",
	One:     "a page viewed again at least 3 times within 30 s while on it, with nothing done in between",
	Counts:  "reloads",
	Source:  "3 in 30 s with nothing done in between: our choice.",
	Weight:  0.20, Cap: 2, Where: detect.ByPage,
	Thresholds: ReloadLoopThresholds{Enabled: true, Count: 3, Within: 30 * time.Second},
	Needs:      []detect.Need{needView},
	Rule:       detect.RuleOf(reloadLoopRule),
	MostHeld:   1 + detect.Most,
}

// ReloadLoopThresholds bound a loop of reloads.
type ReloadLoopThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many reloads make a signal.
	Count int `yaml:"count" min:"1" max:"64"`
	// Within is how close together they are, and the silence that ends a signal.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
}

// reloadLoop finds at least `count` reloads, the first and the last of so many at most `within` apart. A reload is a
// view of the current page without a click, submit or input since the last view.
type reloadLoop struct{ bursts }

func reloadLoopRule(c ReloadLoopThresholds) detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.Views, Distinct: true,
		Starts: reloaded,
		New:    func() detect.Detector { return &reloadLoop{bursts{burstRule: shared}} },
	}
}

func reloaded(in *detect.Input) bool {
	return in.Viewed && in.On == detect.ShownBy(in.Event) && !in.Acted
}

func (r *reloadLoop) Observe(in *detect.Input) {
	switch {
	case in.Event == nil:
		r.expire(in)
	case reloaded(in):
		r.add(in, "")
	default:
		r.finishAll(in)
	}
}
