package signals

import (
	"fmt"
	"slices"
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// crashRestart finds an app that is started again at most `within` after a crash:
// a lifecycle event of one of some names, or an event of another client session.
// Both must be in one session of ours. (With client_ids: respect another client
// session is another session, so that only lifecycle events tell.)
type crashRestart struct {
	*restartRule
	client string
	now    event.Millis
	run    detect.Signal // Count 0: none
}

type restartRule struct {
	within event.Millis
	names  []string
}

// Rule compiles the thresholds.
func (c RestartConfig) Rule() detect.Rule {
	shared := &restartRule{session.Millis(c.Within), c.Names}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Crash), Observes: detect.Anything,
		New:     func() detect.Detector { return &crashRestart{restartRule: shared} },
		Version: fmt.Sprintf("crash_restart/1 within=%v", c.Within),
	}
}

func (x *crashRestart) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
	case e.Type == event.Crash:
		x.run, x.client, x.now = in.Begin(), strings.Clone(e.Client), in.Now
		x.run.Count = 1
	case x.run.Count > 0 && e.Time >= x.run.Started && x.starts(e):
		if e.Time <= x.run.Started+x.within && in.Now <= x.now+x.within+detect.Slack {
			x.run.Add(e.Time, in.EventID())
			in.Find(x.run)
		}
		x.run = detect.Signal{}
	}
}

// starts reports whether an event tells of a start.
func (x *crashRestart) starts(e *event.Event) bool {
	return e.Type == event.Lifecycle && slices.Contains(x.names, e.Name) || e.Client != "" && x.client != "" && e.Client != x.client
}

func (x *crashRestart) Pending(now event.Millis) detect.Pending {
	if x.run.Count == 0 || x.now+x.within+detect.Slack < now {
		return detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	}
	return detect.Pending{Due: event.Never, Since: x.run.Started, Spent: false}
}

func (x *crashRestart) Held(visit func(*detect.Signal)) {
	if x.run.Count > 0 {
		visit(&x.run)
	}
}

func (x *crashRestart) Save(s *event.State) {
	event.Str(s, &x.client)
	event.Int(s, &x.now)
	x.run.Save(s)
}
