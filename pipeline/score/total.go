package score

import (
	"cmp"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// total adds many sums up into one row. Signals and dwell times are arrays with room
// for every kind and bucket, because that is faster than merging sorted lists.
type total struct {
	row     Sums
	signals [signals.NumKinds]uint64 // in the order of their names
	dwell   [NumDwellBuckets]uint32
	kinds   int   // how many have a count
	lowest  uint8 // first bucket that has a count
	end     uint8 // the bucket after the last that has one; 0 when none has
}

// add adds sums to the total.
func (t *total) add(s *sums) {
	t.row.Visits += uint64(s.visits)
	t.row.Affected += uint64(s.affected)
	t.row.Stalled += uint64(s.stalled)
	t.row.Pain += s.pain
	t.row.PainSq += s.painSq
	for i := range journey.NumOutcomes {
		t.row.Outcomes[i] += uint64(s.outcomes[i])
	}
	for _, c := range s.signals {
		if at := rank[c.kind]; c.n > 0 {
			if t.signals[at] == 0 {
				t.kinds++
			}
			t.signals[at] += uint64(c.n)
		}
	}
	for _, c := range s.dwell {
		if t.end == 0 {
			t.lowest = c.Bucket
		}
		t.lowest, t.end = min(t.lowest, c.Bucket), max(t.end, c.Bucket+1)
		t.dwell[c.Bucket] += c.N
	}
}

// sums is s as rows show it: lists, sorted, of what there is.
func (r *Rows) sums(s *sums) Sums {
	out := Sums{
		Visits: uint64(s.visits), Affected: uint64(s.affected), Pain: s.pain, PainSq: s.painSq, Stalled: uint64(s.stalled),
		Signals: r.counts.alloc(len(s.signals)), DwellHist: r.buckets.alloc(len(s.dwell)),
	}
	for i, n := range s.outcomes {
		out.Outcomes[i] = uint64(n)
	}
	for i, c := range s.signals {
		out.Signals[i] = Count{signals.Name(c.kind), uint64(c.n)}
	}
	copy(out.DwellHist, s.dwell)
	return out
}

// total is t as rows show it. It leaves t empty, and clears only what was in use.
func (r *Rows) total(t *total) Sums {
	out := t.row
	if t.kinds > 0 {
		out.Signals = r.counts.alloc(t.kinds)
		n := 0
		for at, x := range t.signals {
			if x > 0 {
				out.Signals[n] = Count{signals.Name(byName[at]), x}
				n++
			}
		}
		clear(t.signals[:])
	}
	some := t.dwell[t.lowest:t.end] // all buckets with a count are in this part
	out.DwellHist = r.buckets.alloc(filled(some))
	n := 0
	for i, x := range some {
		if x > 0 {
			out.DwellHist[n] = Count32{t.lowest + uint8(i), x}
			n++
		}
	}
	clear(some)
	t.row, t.kinds, t.lowest, t.end = Sums{}, 0, 0, 0
	return out
}

// filled counts the entries that are not 0.
func filled(list []uint32) (n int) {
	for _, x := range list {
		if x > 0 {
			n++
		}
	}
	return n
}

// setLate says whether the visits are of overdue sessions: they are in every part but the
// one of what came on time.
func (s *Sums) setLate(part event.Millis) {
	if part != 0 {
		s.Late = s.Visits
	}
}

// Plus is the sums of two tasks together. Neither is changed.
func (s *Sums) Plus(o *Sums) Sums {
	a, b := *s, *o
	a.Visits, a.Late, a.Affected = a.Visits+b.Visits, a.Late+b.Late, a.Affected+b.Affected
	a.Pain, a.PainSq, a.Stalled = a.Pain+b.Pain, a.PainSq+b.PainSq, a.Stalled+b.Stalled
	for i := range a.Outcomes {
		a.Outcomes[i] += b.Outcomes[i]
	}
	a.Signals = merged(a.Signals, b.Signals, func(x, y Count) (int, Count) { return cmp.Compare(x.Name, y.Name), Count{x.Name, x.N + y.N} })
	a.DwellHist = merged(a.DwellHist, b.DwellHist, func(x, y Count32) (int, Count32) {
		return cmp.Compare(x.Bucket, y.Bucket), Count32{x.Bucket, x.N + y.N}
	})
	return a
}

// merged is two sorted lists as one. add says how two entries compare, and what
// two equal ones are together.
func merged[T any](a, b []T, add func(x, y T) (order int, sum T)) []T {
	all := make([]T, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch order, sum := add(a[0], b[0]); {
		case order < 0:
			all, a = append(all, a[0]), a[1:]
		case order > 0:
			all, b = append(all, b[0]), b[1:]
		default:
			all, a, b = append(all, sum), a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}
