package score

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// sums are the integers of a cell while it is in memory.
type sums struct {
	pain, painSq              uint64
	visits, affected, stalled uint32
	outcomes                  [journey.NumOutcomes]uint32
	signals                   []kindCount // by kind
	dwell                     []Count32   // by bucket
}

type kindCount struct {
	kind detect.Kind
	n    uint32
}

func (s *sums) addSignal(k detect.Kind, n uint32) {
	i, found := slices.BinarySearchFunc(s.signals, k, func(c kindCount, k detect.Kind) int { return int(c.kind) - int(k) })
	if !found {
		s.signals = slices.Insert(s.signals, i, kindCount{kind: k})
	}
	s.signals[i].n += n
}

func (s *sums) addDwell(bucket uint8, n uint32) {
	i, found := slices.BinarySearchFunc(s.dwell, bucket, func(c Count32, b uint8) int { return int(c.Bucket) - int(b) })
	if !found {
		s.dwell = slices.Insert(s.dwell, i, Count32{Bucket: bucket})
	}
	s.dwell[i].N += n
}

// add adds the sums of a cell that is read back.
func (s *sums) add(o *sums) {
	s.pain += o.pain
	s.painSq += o.painSq
	s.visits += o.visits
	s.affected += o.affected
	s.stalled += o.stalled
	for i, n := range o.outcomes {
		s.outcomes[i] += n
	}
	for _, c := range o.signals {
		s.addSignal(c.kind, c.n)
	}
	for _, c := range o.dwell {
		s.addDwell(c.Bucket, c.N)
	}
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
		if c.kind >= detect.NumKinds {
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
