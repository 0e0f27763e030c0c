package simulate

import (
	"math"
	"math/bits"
	"time"
)

// golden is 2^64 divided by the golden ratio: an odd stride that visits every
// 64-bit state once.
const golden = 0x9e3779b97f4a7c15

// mix scatters z over 64 bits. It is a bijection, so distinct inputs stay
// distinct (the SplitMix64 finaliser).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// dice is a seeded source of chance, eight bytes large, so that every person
// has dice of their own and nobody's luck depends on who else came.
type dice struct{ state uint64 }

func rolled(seed ...uint64) dice {
	var state uint64
	for _, s := range seed {
		state = mix(state + golden + s)
	}
	return dice{state}
}

// Uint64 makes dice a math/rand/v2 Source.
func (d *dice) Uint64() uint64 {
	d.state += golden
	return mix(d.state)
}

// unit is uniform in [0, 1).
func (d *dice) unit() float64 { return float64(d.Uint64()>>11) * 0x1p-53 }

func (d *dice) chance(p float64) bool { return d.unit() < p }

// upTo is uniform in 0 … n−1.
func (d *dice) upTo(n int) int {
	hi, _ := bits.Mul64(d.Uint64(), uint64(n))
	return int(hi)
}

// fromTo is uniform in lo … hi, both included.
func (d *dice) fromTo(lo, hi int) int { return lo + d.upTo(hi-lo+1) }

// between is uniform in [lo, hi).
func (d *dice) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(d.unit()*float64(hi-lo))
}

// normal is close to a standard normal and never beyond 3.5: the sum of four
// uniform 16-bit numbers, centred and scaled.
func (d *dice) normal() float64 {
	z := d.Uint64()
	sum := z&0xffff + z>>16&0xffff + z>>32&0xffff + z>>48
	return (float64(sum) - 131070) / 37837
}

// around is log-normal about a median, as human times are: half of them below,
// and a long tail above that grows with spread.
func (d *dice) around(median time.Duration, spread float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(spread*d.normal()))
}

// wait is exponential: the time to the next of things that come by chance.
func (d *dice) wait(mean time.Duration) time.Duration {
	return time.Duration(-float64(mean) * math.Log(1-d.unit()))
}

// pick draws an index by weight.
func (d *dice) pick(weights ...float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	u := d.unit() * sum
	for i, w := range weights {
		if u -= w; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}
