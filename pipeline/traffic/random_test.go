package traffic

import (
	"math"
	"testing"
	"time"
)

func TestRandomNumbersHaveTheirDistributions(t *testing.T) {
	r := Seeded(1)
	const n = 200_000
	var sum, squares, waits float64
	below, heads := 0, 0
	for range n {
		z := r.Normal()
		sum += z
		squares += z * z
		waits += r.Exponential(time.Second).Seconds()
		if r.LogNormal(time.Second, .7) < time.Second {
			below++
		}
		if r.Chance(.3) {
			heads++
		}
	}
	near := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("mean of normals", sum/n, 0, .01)
	near("variance of normals", squares/n, 1, .01)
	near("mean wait", waits/n, 1, .01)
	near("share below the median", float64(below)/n, .5, .005)
	near("share of heads", float64(heads)/n, .3, .005)
}
