package score

import (
	"math"
	"sort"

	"friction/pipeline/event"
)

// NumDwellBuckets is how many buckets a dwell histogram has. Bucket i holds
// dwell times from DwellBound(i) to below DwellBound(i+1); the last is open.
const NumDwellBuckets = 96

var dwellBounds = func() (b [NumDwellBuckets]event.Millis) {
	for i := 1; i < NumDwellBuckets; i++ {
		b[i] = event.Millis(math.Round(100 * math.Exp2(float64(i)/4)))
	}
	return b
}()

// DwellBound is the lower edge of a bucket, ms: 0 for the first, else
// round(100 · 2^(i/4)).
func DwellBound(i int) event.Millis { return dwellBounds[i] }

// DwellBucket is the bucket that holds a dwell time in ms.
func DwellBucket(dwell event.Millis) uint8 {
	return uint8(sort.Search(NumDwellBuckets-1, func(i int) bool { return dwell < dwellBounds[i+1] }))
}
