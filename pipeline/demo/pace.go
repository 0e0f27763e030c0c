package demo

import "time"

// pace is how fast a count has grown lately.
type pace struct {
	samples []sample
}

type sample struct {
	at time.Time
	n  uint64
}

// paceOver is the time that a pace is measured over.
const paceOver = 10 * time.Second

// of notes a count and returns how much it has grown a second.
func (p *pace) of(now time.Time, n uint64) float64 {
	p.samples = append(p.samples, sample{now, n})
	for len(p.samples) > 2 && now.Sub(p.samples[1].at) >= paceOver {
		p.samples = p.samples[1:]
	}
	first := p.samples[0]
	if took := now.Sub(first.at).Seconds(); took > 0 && n >= first.n {
		return float64(n-first.n) / took
	}
	return 0
}
