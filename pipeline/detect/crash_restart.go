package detect

import (
	"fmt"
	"slices"
	"strings"

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
	run    Signal // Count 0: none
}

type restartRule struct {
	within event.Millis
	names  []string
}

func (c RestartConfig) rule() rule {
	shared := &restartRule{session.Millis(c.Within), c.Names}
	return rule{
		kind: CrashRestart, subjects: typesOf(event.Crash), heeds: anything,
		start:   func() detector { return &crashRestart{restartRule: shared} },
		version: fmt.Sprintf("crash_restart/1 within=%v", c.Within),
	}
}

func (x *crashRestart) take(in *input) {
	e := in.event
	switch {
	case e == nil:
	case e.Type == event.Crash:
		x.run, x.client, x.now = in.begin(CrashRestart), strings.Clone(e.Client), in.now
		x.run.Count = 1
	case x.run.Count > 0 && e.Time >= x.run.Started && x.starts(e):
		if e.Time <= x.run.Started+x.within && in.now <= x.now+x.within+patience {
			x.run.add(e.Time, in.eventID())
			in.find(x.run)
		}
		x.run = Signal{}
	}
}

// starts reports whether an event tells of a start.
func (x *crashRestart) starts(e *event.Event) bool {
	return e.Type == event.Lifecycle && slices.Contains(x.names, e.Name) || e.Client != "" && x.client != "" && e.Client != x.client
}

func (x *crashRestart) rest(now event.Millis) rest {
	if x.run.Count == 0 || x.now+x.within+patience < now {
		return rest{event.Never, event.Never, true}
	}
	return rest{event.Never, x.run.Started, false}
}

func (x *crashRestart) held(visit func(*Signal)) {
	if x.run.Count > 0 {
		visit(&x.run)
	}
}

func (x *crashRestart) save(s *event.State) {
	event.Str(s, &x.client)
	event.Int(s, &x.now)
	x.run.save(s)
}
