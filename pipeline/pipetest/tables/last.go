package tables

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"friction/pipeline/score"
)

// keys of the tables, as the row types name them.

func sessionKey(r *score.SessionRow) string {
	return fmt.Sprintf("session %s %d %s", r.App, r.OpenedAt, r.SessionID)
}

func visitKey(r *score.VisitRow) string {
	return fmt.Sprintf("visit %s %s %d %q %s %d %d", r.App, r.Journey, r.EnteredAt, r.Step, r.SessionID, r.Attempt, r.Visit)
}

func signalKey(r *score.SignalRow) string {
	return fmt.Sprintf("signal %s %d %s", r.App, r.StartedAt, r.SignalID)
}

func windowKey(r *score.WindowRow) string {
	return fmt.Sprintf("window %s %s %d %q %d", r.App, r.Journey, r.WindowStart, r.Step, r.Part)
}

func paneKey(r *score.PaneRow) string {
	return fmt.Sprintf("pane %s %s %q %d %q %q %d", r.App, r.Journey, r.Dimension, r.PaneStart, r.Step, r.Value, r.Part)
}

func lateKey(r *score.LateRow) string { return fmt.Sprintf("late %s %d", r.Topic, r.Offset) }

func rejectedKey(r *score.RejectedRow) string {
	return fmt.Sprintf("rejected %s %d", r.Topic, r.Offset)
}

// Last keeps the last version of every row, sorted by key.
func Last(rows ...*score.Rows) *score.Rows {
	replace := func(_, _ any) {}
	return fold(replace, rows)
}

// Sum folds the last rows of several tasks into those of all: panes and windows
// add, everything else is in one task only.
func Sum(tasks ...*score.Rows) *score.Rows {
	return fold(func(into, row any) {
		switch row := row.(type) {
		case *score.PaneRow:
			row.Sums = addSums(into.(*score.PaneRow).Sums, row.Sums)
		case *score.WindowRow:
			row.Sums = addSums(into.(*score.WindowRow).Sums, row.Sums)
		}
	}, tasks)
}

// fold keeps, of rows of one key, the last, once merge has brought into it what
// it wants to keep of the one before.
func fold(merge func(before, row any), rows []*score.Rows) *score.Rows {
	var out score.Rows
	for _, r := range rows {
		out.Sessions = append(out.Sessions, r.Sessions...)
		out.Visits = append(out.Visits, r.Visits...)
		out.Signals = append(out.Signals, r.Signals...)
		out.Windows = append(out.Windows, r.Windows...)
		out.Panes = append(out.Panes, r.Panes...)
		out.Late = append(out.Late, r.Late...)
		out.Rejected = append(out.Rejected, r.Rejected...)
	}
	return &score.Rows{
		Sessions: folded(out.Sessions, sessionKey, merge), Visits: folded(out.Visits, visitKey, merge),
		Signals: folded(out.Signals, signalKey, merge), Windows: folded(out.Windows, windowKey, merge),
		Panes: folded(out.Panes, paneKey, merge), Late: folded(out.Late, lateKey, merge),
		Rejected: folded(out.Rejected, rejectedKey, merge),
	}
}

func folded[T any](rows []T, key func(*T) string, merge func(before, row any)) []T {
	byKey := map[string]int{}
	var kept []T
	var keys []string
	for i := range rows {
		row, k := rows[i], key(&rows[i])
		if at, ok := byKey[k]; ok {
			merge(&kept[at], &row)
			kept[at] = row
			continue
		}
		byKey[k] = len(kept)
		kept, keys = append(kept, row), append(keys, k)
	}
	slices.Sort(keys)
	out := make([]T, len(keys))
	for i, k := range keys {
		out[i] = kept[byKey[k]]
	}
	return out
}

// Doubled names the keys that have more than one row, "" when none has: an
// outbox holds at most one row a key.
func Doubled(r *score.Rows) string {
	return strings.Join(slices.Concat(
		doubled(r.Sessions, sessionKey), doubled(r.Visits, visitKey), doubled(r.Signals, signalKey),
		doubled(r.Windows, windowKey), doubled(r.Panes, paneKey), doubled(r.Late, lateKey), doubled(r.Rejected, rejectedKey)), "\n")
}

func doubled[T any](rows []T, key func(*T) string) []string {
	n := map[string]int{}
	var found []string
	for i := range rows {
		k := key(&rows[i])
		if n[k]++; n[k] == 2 {
			found = append(found, k)
		}
	}
	return found
}

// addSums adds the integers of two rows.
func addSums(a, b score.Sums) score.Sums {
	a.Visits += b.Visits
	a.Late += b.Late
	a.Affected += b.Affected
	a.Pain += b.Pain
	a.PainSq += b.PainSq
	a.Stalled += b.Stalled
	for i, n := range b.Outcomes {
		a.Outcomes[i] += n
	}
	signals := map[string]uint64{}
	for _, c := range slices.Concat(a.Signals, b.Signals) {
		signals[c.Name] += c.N
	}
	a.Signals = nil
	for _, name := range slices.Sorted(maps.Keys(signals)) {
		a.Signals = append(a.Signals, score.Count{Name: name, N: signals[name]})
	}
	var dwell [256]uint32
	for _, c := range slices.Concat(a.DwellHist, b.DwellHist) {
		dwell[c.Bucket] += c.N
	}
	a.DwellHist = nil
	for bucket, n := range dwell {
		if n > 0 {
			a.DwellHist = append(a.DwellHist, score.Count32{Bucket: uint8(bucket), N: n})
		}
	}
	return a
}
