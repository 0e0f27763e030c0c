package demo

import (
	"time"

	"friction/pipeline/simulate"
)

// shops is several shops as one: their records in the order of arrival.
type shops struct {
	all []*simulate.Shop
	up  []simulate.Record // the next record of each; one without a topic when it was not asked or has none yet
}

func (s *shops) add(shop *simulate.Shop) {
	s.all, s.up = append(s.all, shop), append(s.up, simulate.Record{})
}

// next is the next record to arrive of any shop, if it does so no later than until, which must not go back.
func (s *shops) next(until time.Time) (simulate.Record, bool) {
	first := -1
	for i, shop := range s.all {
		if s.up[i].Topic == "" {
			s.up[i], _ = shop.Next(until)
		}
		if s.up[i].Topic != "" && (first < 0 || s.up[i].Deliver.Before(s.up[first].Deliver)) {
			first = i
		}
	}
	if first < 0 {
		return simulate.Record{}, false
	}
	r := s.up[first]
	s.up[first] = simulate.Record{}
	return r, true
}
