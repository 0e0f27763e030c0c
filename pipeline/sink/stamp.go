package sink

import (
	"math"

	"friction/pipeline/score"
)

// stamp is a score.Stamp as rows need it.
type stamp struct {
	score.Stamp
	run     string // "<group>/<run>"
	settled int64  // windows that end by this time (ms) are final once no visit is open
}

func newStamp(s score.Stamp, rows *score.Rows) *stamp {
	out := &stamp{Stamp: s, run: run(s.Group, s.Run), settled: math.MinInt64}
	if n := len(rows.Progress); n > 0 && s.Settle > 0 && s.Tasks <= 1 {
		out.settled = int64(rows.Progress[n-1].RowsUntil - s.Settle)
	}
	return out
}

// stampFields are the columns that every table of the worker begins or ends with.
func runField[R any]() field[R] {
	return word("run", func(it row[R]) string { return it.s.run })
}

func taskField[R any](name string) field[R] {
	return number(name, func(it row[R]) uint16 { return it.s.Task })
}

func versionField[R any]() field[R] {
	return number("version", func(it row[R]) uint64 { return it.s.Version })
}

// run names a run as the run column of every table does.
func run(group, name string) string { return group + "/" + name }
