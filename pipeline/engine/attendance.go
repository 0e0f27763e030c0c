package engine

import (
	"cmp"
	"slices"
)

// Attendance is how many events of an app are in sessions that have ended, and how many
// are in none because nobody did anything.
type Attendance struct {
	App                  string
	Attended, Unattended uint64
}

// Deserted reports whether at least half of the app's events are in no session. Such an
// app probably sends only what programs do.
func (a Attendance) Deserted() bool { return a.Unattended > 0 && a.Unattended >= a.Attended }

// maxAttendance is how many apps are counted; sessions of others are not.
const maxAttendance = 1000

// attendances count for each app, since the program started: they are for messages, and
// no part of the state.
type attendances map[string]*Attendance

// add counts the events of a session that has ended.
func (m attendances) add(app string, attended, unattended uint32) {
	a := m[app]
	if a == nil {
		if len(m) >= maxAttendance {
			return
		}
		a = &Attendance{App: app}
		m[app] = a
	}
	a.Attended += uint64(attended)
	a.Unattended += uint64(unattended)
}

// Deserted lists the apps of whose events at least half are in no session, by name. It
// speaks of sessions that have ended since this engine was made.
func (e *Engine) Deserted() []Attendance {
	var all []Attendance
	for _, a := range e.attendances {
		if a.Deserted() {
			all = append(all, *a)
		}
	}
	slices.SortFunc(all, func(a, b Attendance) int { return cmp.Compare(a.App, b.App) })
	return all
}
