package score

import (
	"cmp"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// sums are integers that are counted for some visits. They take little memory, because
// there are very many: counts are of 32 bits, and lists hold only what there is.
type sums struct {
	pain, painSq              uint64 // millionths
	visits, affected, stalled uint32
	outcomes                  [journey.NumOutcomes]uint32
	signals                   []kindCount // in the order of their names
	dwell                     []Count32   // by bucket
}

// kindCount is how many signals of a kind there are.
type kindCount struct {
	kind detect.Kind
	n    uint32
}

// byName lists the kinds in the order of their names: the order of rows.
var byName = func() (kinds [signals.NumKinds]detect.Kind) {
	for k := range kinds {
		kinds[k] = detect.Kind(k)
	}
	slices.SortFunc(kinds[:], func(a, b detect.Kind) int { return cmp.Compare(signals.Name(a), signals.Name(b)) })
	return kinds
}()

// rank is the index of each kind in byName.
var rank = func() (at [signals.NumKinds]int) {
	for i, k := range byName {
		at[k] = i
	}
	return at
}()

// addSignal counts signals of a kind.
func (s *sums) addSignal(k detect.Kind, n uint32) {
	i := 0
	for i < len(s.signals) && rank[s.signals[i].kind] < rank[k] {
		i++
	}
	if i == len(s.signals) || s.signals[i].kind != k {
		s.signals = slices.Insert(s.signals, i, kindCount{kind: k})
	}
	s.signals[i].n += n
}

// fewBuckets is the room for dwell times that a list begins with; for values that few
// visits have it is enough.
const fewBuckets = 4

// addDwell counts visits with a dwell time in a bucket.
func (s *sums) addDwell(bucket uint8, n uint32) {
	i := 0
	for i < len(s.dwell) && s.dwell[i].Bucket < bucket {
		i++
	}
	if i == len(s.dwell) || s.dwell[i].Bucket != bucket {
		if s.dwell == nil {
			s.dwell = make([]Count32, 0, fewBuckets)
		}
		s.dwell = slices.Insert(s.dwell, i, Count32{Bucket: bucket})
	}
	s.dwell[i].N += n
}

// save visits the sums. The order of fields is the layout of saved state.
func (s *sums) save(st *event.State) {
	event.Uint(st, &s.pain)
	event.Uint(st, &s.painSq)
	event.Uint(st, &s.visits)
	event.Uint(st, &s.affected)
	event.Uint(st, &s.stalled)
	for i := range s.outcomes {
		event.Uint(st, &s.outcomes[i])
	}
	event.Slice(st, &s.signals, func(c *kindCount) {
		event.Uint(st, &c.kind)
		if c.kind >= signals.NumKinds {
			st.Fail("unknown kind of signal")
			c.kind = 0
		}
		event.Uint(st, &c.n)
	})
	event.Slice(st, &s.dwell, func(c *Count32) {
		event.Uint(st, &c.Bucket)
		if c.Bucket >= NumDwellBuckets {
			st.Fail("unknown bucket of dwell times")
			c.Bucket = 0
		}
		event.Uint(st, &c.N)
	})
}
