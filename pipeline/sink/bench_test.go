package sink

import (
	"testing"

	"friction/pipeline/score"
)

// BenchmarkInsert is the whole way of 10,000 rows of each kind into the real engine.
func BenchmarkInsert(b *testing.B) {
	s := migrated(b)
	if err := s.Register(b.Context(), "g", "r1"); err != nil {
		b.Fatal(err)
	}
	rows := newRNG(1).rows(10_000)
	version := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		version++
		if err := s.Insert(b.Context(), []Batch{{stampOf(0, version), rows}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*70_001), "ns/row")
}

// BenchmarkBlocks is the part before the client library: rows to columns, and their token.
func BenchmarkBlocks(b *testing.B) {
	rows := newRNG(1).rows(10_000)
	ready := []stamped{{newStamp(stampOf(0, 1), rows), rows}}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, t := range allTables() {
			for block := range t.blocks(ready, 50_000) {
				n += block.rows
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/row")
}

// BenchmarkLines is the way of rows into NDJSON.
func BenchmarkLines(b *testing.B) {
	rows := newRNG(1).rows(1000)
	var w sized
	b.ReportAllocs()
	for b.Loop() {
		if err := WriteNDJSON(&w, score.Stamp{Group: "g", Run: "r"}, rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*7001), "ns/row")
	b.SetBytes(int64(w) / int64(b.N))
}

type sized int64

func (s *sized) Write(p []byte) (int, error) { *s += sized(len(p)); return len(p), nil }
