package simulate

import (
	"io"
	"testing"
	"time"
)

// BenchmarkShop reports events a second of one core, at a rate of 60 sessions a
// minute and, for the size of the queues, of 6,000.
func BenchmarkShop(b *testing.B) {
	for name, rate := range map[string]float64{"sixty": 60, "thousands": 6000} {
		b.Run(name, func(b *testing.B) {
			s := shopFor(b, Options{Seed: 1, Rate: rate, Flat: true, Truth: func(Visit) {}})
			for range s.Records(opening.Add(10 * time.Minute)) {
			}
			measure(b, func() (Record, bool) { return s.Next(time.Time{}) })
		})
	}
}

func measure(b *testing.B, next func() (Record, bool)) {
	size := 0
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		r, ok := next()
		if !ok {
			b.Fatal("the traffic ended")
		}
		n, _ := io.Discard.Write(r.Value)
		size += n
	}
	b.SetBytes(int64(size / b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
