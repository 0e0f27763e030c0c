package alert

import "time"

// grid numbers the panes: they count slides since 1970.
type grid struct{ slide time.Duration }

// number is the pane that a time lies in.
func (g grid) number(t time.Time) int64 { return t.UnixMilli() / g.slide.Milliseconds() }

// start is when a pane begins.
func (g grid) start(number int64) time.Time {
	return time.UnixMilli(number * g.slide.Milliseconds()).UTC()
}

// hour is the hour since 1970 that a pane begins in.
func (g grid) hour(number int64) int64 { return number * int64(g.slide) / int64(time.Hour) }

// isEdge says whether a pane ends, and the next begins, at a time.
func (g grid) isEdge(t time.Time) bool { return t.UnixMilli()%g.slide.Milliseconds() == 0 }
