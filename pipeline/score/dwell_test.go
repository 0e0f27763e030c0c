package score

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// Bounds follow their formula, grow, and each is the first time of its bucket.
func TestDwellBoundsAreTheEdgesOfTheirBuckets(t *testing.T) {
	for i := range NumDwellBuckets {
		want := 0.0
		if i > 0 {
			want = math.Floor(100*math.Pow(math.Sqrt(math.Sqrt2), float64(i)) + 0.5)
		}
		if got := DwellBound(i); float64(got) != want {
			t.Errorf("bound %d is %d, want %v", i, got, want)
		}
		if got := DwellBucket(DwellBound(i)); int(got) != i {
			t.Errorf("the lower edge of bucket %d is in bucket %d", i, got)
		}
		if got := DwellBucket(DwellBound(i) - 1); int(got) != max(i-1, 0) {
			t.Errorf("one ms below bucket %d is in bucket %d", i, got)
		}
	}
	if DwellBucket(event.Never) != NumDwellBuckets-1 {
		t.Error("the last bucket is open")
	}
	if top := DwellBound(NumDwellBuckets - 1); top < 14*86_400_000 {
		t.Errorf("the longest session outgrows the buckets: the last begins at %d ms", top)
	}
}

func TestDwellBucketHoldsItsTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dwell := event.Millis(rapid.Int64Range(-5, 1<<41).Draw(t, "dwell"))
		b := int(DwellBucket(dwell))
		if b > 0 && dwell < DwellBound(b) || b+1 < NumDwellBuckets && dwell >= DwellBound(b+1) {
			t.Fatalf("%d ms is in bucket %d, from %d", dwell, b, DwellBound(b))
		}
	})
}
