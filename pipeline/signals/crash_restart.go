package signals

import (
	"slices"
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var crashRestartSignal = detect.Declaration{
	Name: "crash_restart", Revision: 1, Failures: true,
	Summary: "the app was started again after a crash",
	Means:   "has to start the app again",
	One:     "the app started again at most 30 s after a crash",
	Source:  "Within 30 s, as Conviva.",
	Weight:  0.60, Cap: 2, Where: detect.ByPage,
	Thresholds: RestartThresholds{
		Enabled: true, Within: 30 * time.Second,
		Names: []string{"start", "launch", "cold_start", "app_start", "open", "application_opened"},
	},
	Needs: []detect.Need{
		needCrash,
		needs("a start of the app", `{"type": "lifecycle", "name": "start"} for each start`, detect.TypesOf(event.Lifecycle)),
	},
	Rule:     detect.RuleOf(RestartThresholds.rule),
	MostHeld: 1,
}

// RestartThresholds bounds a restart.
type RestartThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon after a crash the app is started again.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Names are the names of lifecycle events that start an app; another client session id does, too.
	Names []string `yaml:"names"`
}

// crashRestart finds an app that is started again at most `within` after a crash: a lifecycle event of one of some
// names, or an event of another client session. Crash and start must be in the same session. (With client_ids:
// respect another client session is another session, so that only lifecycle events count.)
type crashRestart struct {
	*restartRule
	client string
	now    event.Millis
	open   detect.Signal // Count 0: none
}

type restartRule struct {
	within event.Millis
	names  []string
}

func (c RestartThresholds) rule() detect.Rule {
	shared := &restartRule{session.Millis(c.Within), c.Names}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Crash), Observes: detect.Anything,
		New: func() detect.Detector { return &crashRestart{restartRule: shared} },
	}
}

func (x *crashRestart) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
	case e.Type == event.Crash:
		x.open, x.client, x.now = in.Begin(), strings.Clone(e.Client), in.Now
		x.open.Count = 1
	case x.open.Count > 0 && e.Time >= x.open.Started && x.starts(e):
		if e.Time <= x.open.Started+x.within && in.Now <= x.now+x.within+detect.Slack {
			x.open.Add(e.Time, in.EventID())
			in.Find(x.open)
		}
		x.open = detect.Signal{}
	}
}

// starts reports whether an event is a start of the app.
func (x *crashRestart) starts(e *event.Event) bool {
	return e.Type == event.Lifecycle && slices.Contains(x.names, e.Name) || e.Client != "" && x.client != "" && e.Client != x.client
}

func (x *crashRestart) Pending(now event.Millis) detect.Pending {
	if x.open.Count == 0 || x.now+x.within+detect.Slack < now {
		return detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	}
	return detect.Pending{Due: event.Never, Since: x.open.Started, Spent: false}
}

func (x *crashRestart) Held(visit func(*detect.Signal)) {
	if x.open.Count > 0 {
		visit(&x.open)
	}
}

func (x *crashRestart) Save(s *event.State) {
	event.Str(s, &x.client)
	event.Int(s, &x.now)
	x.open.Save(s)
}
