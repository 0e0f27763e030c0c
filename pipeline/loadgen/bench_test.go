package loadgen

import (
	"io"
	"testing"
	"time"
)

// BenchmarkLoad reports events a second of one core.
func BenchmarkLoad(b *testing.B) {
	for name, o := range map[string]Options{
		"zipf":         {Seed: 1},
		"million_open": {Seed: 1, Users: 2_000_000, Skew: -1, Span: time.Minute},
	} {
		b.Run(name, func(b *testing.B) {
			o.Events = max(b.N, 1_000_000)
			if name == "million_open" {
				o.Events = max(b.N, 20_000_000)
			}
			l, err := New(o)
			if err != nil {
				b.Fatal(err)
			}
			size := 0
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				r, ok := l.Next()
				if !ok {
					b.Fatal("the traffic ended")
				}
				n, _ := io.Discard.Write(r.Value)
				size += n
			}
			b.SetBytes(int64(size / b.N))
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
