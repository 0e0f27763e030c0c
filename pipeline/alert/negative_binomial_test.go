package alert

import (
	"math"
	"testing"
)

// The tails are added up term by term for whole counts, in another way than they are computed.
func TestTailsAreSumsOfTheirTerms(t *testing.T) {
	for _, mean := range []float64{.01, .5, 3, 24, 180} {
		for _, size := range []float64{.5, 3, 40, 5000, 1e9} {
			size = min(size, maxSize)
			below := 0.
			for k := range 400 {
				x := float64(k)
				if got, want := upperTail(x, mean, size), 1-below; math.Abs(got-want) > 1e-9 {
					t.Fatalf("P(X >= %d) at mean %v, size %v: %v, want %v", k, mean, size, got, want)
				}
				lg := func(v float64) float64 { l, _ := math.Lgamma(v); return l }
				below += math.Exp(lg(x+size) - lg(size) - lg(x+1) + size*math.Log(size/(size+mean)) + x*math.Log(mean/(size+mean)))
				if got := lowerTail(x, mean, size); math.Abs(got-below) > 1e-9 {
					t.Fatalf("P(X <= %d) at mean %v, size %v: %v, want %v", k, mean, size, got, below)
				}
			}
		}
	}
}

// Far out, where sums from the other side say nothing: Poisson(1) has 1.1e-7 and less beyond 10.
func TestTailsFarOut(t *testing.T) {
	poisson := func(from int, mean float64) (sum float64) {
		for k := from; k < from+200; k++ {
			l, _ := math.Lgamma(float64(k + 1))
			sum += math.Exp(float64(k)*math.Log(mean) - mean - l)
		}
		return sum
	}
	for _, c := range []struct {
		from int
		mean float64
	}{{10, 1}, {25, 2}, {60, 12}, {400, 200}} {
		want := poisson(c.from, c.mean)
		if got := upperTail(float64(c.from), c.mean, 1e9); math.Abs(math.Log(got/want)) > .01*float64(c.from)/10 {
			t.Errorf("P(X >= %d) at mean %v: %v, want %v", c.from, c.mean, got, want)
		}
	}
	if upperTail(0, 0, 1) != 1 || upperTail(1, 0, 1) != 0 || lowerTail(0, 0, 1) != 1 {
		t.Error("nothing is expected and nothing came: that is certain")
	}
	if a, b := upperTail(3, 2, 50), upperTail(3.5, 2, 50); a <= b || b <= upperTail(4, 2, 50) {
		t.Error("between whole counts the tail must fall")
	}
}
