package score

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// sums are the integers of a cell while it is in memory.
type sums struct {
	pain, painSq              uint64
	visits, affected, stalled uint32
	outcomes                  [journey.NumOutcomes]uint32
	signals                   []kindCount // in the order of their names
	dwell                     []Count32   // by bucket
}

type kindCount struct {
	kind detect.Kind
	n    uint32
}

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

// fewBuckets is room enough for the dwell times of a value that few have.
const fewBuckets = 4

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
