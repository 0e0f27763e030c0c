package traffic

import (
	"math"
	"math/bits"
	"time"
)

// golden is 2^64 divided by the golden ratio: an odd stride that visits every
// 64-bit state once.
const golden = 0x9e3779b97f4a7c15

// Mix scatters z over 64 bits. It is a bijection, so distinct inputs stay
// distinct (the finaliser of SplitMix64).
func Mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Random is a seeded source of random numbers (SplitMix64). It is eight bytes
// large, so every person has sources of their own, and what one draws does not
// depend on who else came.
type Random struct{ state uint64 }

// Seeded is a source whose numbers follow from the seeds and their order.
func Seeded(seeds ...uint64) Random { return Random{Hash(seeds...)} }

// Hash makes one number of several.
func Hash(parts ...uint64) uint64 {
	var state uint64
	for _, p := range parts {
		state = Mix(state + golden + p)
	}
	return state
}

// Uint64 makes Random a math/rand/v2 Source.
func (r *Random) Uint64() uint64 {
	r.state += golden
	return Mix(r.state)
}

// Float64 is uniform in [0, 1).
func (r *Random) Float64() float64 { return float64(r.Uint64()>>11) * 0x1p-53 }

// Chance is true with probability p.
func (r *Random) Chance(p float64) bool { return r.Float64() < p }

// IntN is uniform in 0 … n−1.
func (r *Random) IntN(n int) int {
	hi, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(hi)
}

// IntBetween is uniform in lo … hi, both included.
func (r *Random) IntBetween(lo, hi int) int { return lo + r.IntN(hi-lo+1) }

// Between is uniform in [lo, hi).
func (r *Random) Between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(r.Float64()*float64(hi-lo))
}

// Normal is close to a standard normal and never beyond 3.5: the sum of four
// uniform 16-bit numbers, centred and scaled.
func (r *Random) Normal() float64 {
	z := r.Uint64()
	sum := z&0xffff + z>>16&0xffff + z>>32&0xffff + z>>48
	return (float64(sum) - 131070) / 37837
}

// LogNormal has the given median and a long tail above it that grows with
// sigma, as the times have that people take.
func (r *Random) LogNormal(median time.Duration, sigma float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(sigma*r.Normal()))
}

// Exponential is the time to the next of things that come at random, mean apart.
func (r *Random) Exponential(mean time.Duration) time.Duration {
	return time.Duration(-float64(mean) * math.Log(1-r.Float64()))
}

// Weighted draws an index with a probability that is proportional to its weight.
func (r *Random) Weighted(weights ...float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	u := r.Float64() * sum
	for i, w := range weights {
		if u -= w; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}
