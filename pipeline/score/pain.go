package score

import (
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// Million is a pain of 1: pain is held in millionths.
const Million = 1_000_000

// Weights turns counted signals into pain.
type Weights struct {
	Version string
	keep    [signals.NumKinds]float64 // 1 − w: the probability that one signal does not hurt
	caps    [signals.NumKinds]uint16  // how many signals of a kind count on one visit
}

// weights compiles the weights of a valid configuration.
func (c Config) weights() Weights {
	w := Weights{Version: c.WeightsVersion()}
	for k := range w.keep {
		w.keep[k] = 1
	}
	for name, x := range c.Weights {
		if k, ok := signals.KindOf(name); ok {
			w.keep[k], w.caps[k] = 1-x.Weight, uint16(x.Cap)
		}
	}
	return w
}

// Pain is 1 − Π (1 − w_k)^min(n_k, cap_k) over the kinds counted, in millionths:
// the probability that at least one signal was enough to hurt. Halves are rounded up:
// the small addend keeps binary fractions from making them a little less.
func (w *Weights) Pain(counted []journey.SignalCount) uint32 {
	rest := 1.0
	for _, c := range counted {
		if int(c.Kind) >= len(w.keep) {
			continue
		}
		for range min(c.N, w.caps[c.Kind]) {
			rest = float64(rest * w.keep[c.Kind])
		}
	}
	return uint32((1-rest)*Million + 0.5 + 1e-6)
}

// squared is pain squared, in millionths.
func squared(pain uint32) uint64 {
	p := uint64(pain)
	return (p*p + Million/2) / Million
}
