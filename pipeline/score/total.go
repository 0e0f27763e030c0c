package score

import (
	"cmp"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
)

// total adds many sums up into one row.
type total struct {
	row     Sums
	signals [detect.NumKinds]uint64
	dwell   [NumDwellBuckets]uint32
}

// byName is the kinds in the order of their names.
var byName = func() (kinds [detect.NumKinds]detect.Kind) {
	for k := range kinds {
		kinds[k] = detect.Kind(k)
	}
	slices.SortFunc(kinds[:], func(a, b detect.Kind) int { return cmp.Compare(a.String(), b.String()) })
	return kinds
}()

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
		t.signals[c.kind] += uint64(c.n)
	}
	for _, c := range s.dwell {
		t.dwell[c.Bucket] += c.N
	}
}

// take returns the row and begins anew.
func (t *total) take() Sums {
	r := t.row
	n := 0
	for _, x := range t.signals {
		if x > 0 {
			n++
		}
	}
	if n > 0 {
		r.Signals = make([]Count, 0, n)
		for _, k := range byName {
			if t.signals[k] > 0 {
				r.Signals = append(r.Signals, Count{k.String(), t.signals[k]})
			}
		}
	}
	n = 0
	for _, x := range t.dwell {
		if x > 0 {
			n++
		}
	}
	if n > 0 {
		r.DwellHist = make([]Count32, 0, n)
		for b, x := range t.dwell {
			if x > 0 {
				r.DwellHist = append(r.DwellHist, Count32{uint8(b), x})
			}
		}
	}
	*t = total{}
	return r
}
