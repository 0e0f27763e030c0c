package engine

import (
	"container/list"
	"maps"
	"slices"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// otherApp is the name that rows have instead of the app's where there are too many apps. No tenant can read it.
const otherApp = "other"

// apps are the apps whose names rows carry. Events choose their app freely, so there is a limit. An app has its place
// while a session of it is open, and after that until another app needs the place: the one that has had none for longest
// gives way. Apps that the configuration names keep theirs.
type apps struct {
	limit    int
	known    map[string]*app
	idle     *list.List // of *app that have no open session and may give way, the longest idle first
	steps    *journey.Steps
	counters *event.Counters
}

type app struct {
	name  string
	open  uint32 // sessions
	named bool   // by the configuration
	idle  *list.Element
}

func newApps(c Config, steps *journey.Steps, counters *event.Counters) apps {
	a := apps{limit: c.Sessions.MaxApps, known: map[string]*app{}, idle: list.New(), steps: steps, counters: counters}
	for _, name := range c.appNames() {
		a.known[name] = &app{name: name, named: true}
	}
	return a
}

// take is the name under which a session is counted that an event of an app opens.
func (a *apps) take(name string) string {
	x, ok := a.known[name]
	switch {
	case ok:
	case name == otherApp || !a.room():
		a.counters.ByLimit[event.LimitApps]++
		return otherApp
	default:
		x = &app{name: strings.Clone(name)}
		a.known[x.name] = x
	}
	if x.idle != nil {
		a.idle.Remove(x.idle)
		x.idle = nil
	}
	x.open++
	return x.name
}

// room makes room for another app, if there can be.
func (a *apps) room() bool {
	for len(a.known) >= a.limit {
		longest := a.idle.Front()
		if longest == nil {
			return false
		}
		gone := a.idle.Remove(longest).(*app)
		delete(a.known, gone.name)
		a.steps.Forget(gone.name)
	}
	return true
}

// release says that a session counted under a name has ended.
func (a *apps) release(name string) {
	x, ok := a.known[name]
	if !ok { // other
		return
	}
	if x.open--; x.open == 0 && !x.named {
		x.idle = a.idle.PushBack(x)
	}
}

// save visits the apps: those with open sessions by name, and then the idle ones in the order in which they give way.
// Which ones the configuration names is its own business.
func (a *apps) save(st *event.State) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(a.known)) {
		if a.known[name].idle == nil {
			names = append(names, name)
		}
	}
	for e := a.idle.Front(); e != nil; e = e.Next() {
		names = append(names, e.Value.(*app).name)
	}
	event.Slice(st, &names, func(name *string) {
		event.Str(st, name)
		if st.Reading() && a.known[*name] == nil {
			a.known[*name] = &app{name: *name}
		}
		x := a.known[*name]
		event.Uint(st, &x.open)
		if st.Reading() && x.open == 0 && !x.named {
			x.idle = a.idle.PushBack(x)
		}
	})
}

// appNames are the apps that the configuration names, each once.
func (c *Config) appNames() []string {
	var names []string
	matches := func(list []journey.Match) {
		for i := range list {
			names = append(names, list[i].App...)
		}
	}
	matches(c.Filter)
	matches(c.Signals.RepeatedSearch.Match)
	matches(c.Signals.HelpSeeking.Match)
	for i := range c.Journeys.List {
		j := &c.Journeys.List[i]
		names = append(names, j.App)
		matches(j.Complete)
		for k := range j.Steps {
			matches(j.Steps[k].Match)
		}
	}
	for i := range c.Signals.Overrides {
		names = append(names, c.Signals.Overrides[i].App...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" || name == otherApp })
}
