package score

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

func nearly(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

// The formulas on sums agree with the textbook ones on the visits themselves.
func TestDerivedFromSumsAndFromVisits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Multiples of a thousandth, so that squares are whole millionths and nothing is rounded.
		pains := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) uint64 { return 1000 * uint64(rapid.IntRange(0, 1000).Draw(t, "pain")) }), 1, 200).Draw(t, "pains")
		var s Sums
		mean := 0.0
		for _, p := range pains {
			s.Visits++
			s.Pain += p
			s.PainSq += p * p / Million
			mean += float64(p) / Million * 100 / float64(len(pains))
		}
		if !nearly(s.Score(), mean) {
			t.Fatalf("score %v, mean %v", s.Score(), mean)
		}
		se, known := s.ScoreError()
		low, alsoKnown := s.ScoreLow()
		if known != (len(pains) > 1) || known != alsoKnown {
			t.Fatalf("%d visits: known %v, %v", len(pains), known, alsoKnown)
		}
		if !known {
			return
		}
		spread := 0.0
		for _, p := range pains {
			d := float64(p)/Million*100 - mean
			spread += d * d
		}
		n := float64(len(pains))
		want := math.Sqrt(spread / (n - 1) / n)
		if math.Abs(se-want) > 1e-6 {
			t.Fatalf("standard error %v, want %v", se, want)
		}
		if wantLow := max(0, mean-1.96*want); math.Abs(low-wantLow) > 1e-5 || low < 0 {
			t.Fatalf("low %v, want %v", low, wantLow)
		}
	})
}

// A quantile from the histogram lies in the bucket of the true one.
func TestQuantileLiesInTheBucketOfTheTrueOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stays := rapid.SliceOfN(rapid.Int64Range(0, 5_000_000), 1, 300).Draw(t, "stays")
		q := rapid.SampledFrom([]float64{0.5, 0.95}).Draw(t, "q")
		var in [NumDwellBuckets]uint32
		for _, ms := range stays {
			in[DwellBucket(event.Millis(ms))]++
		}
		var s Sums
		for b, n := range in {
			if n > 0 {
				s.DwellHist = append(s.DwellHist, Count32{uint8(b), n})
			}
		}
		got, known := s.DwellQuantile(q)
		if !known {
			t.Fatal("not known")
		}
		// The least stay such that at least q of all are in its bucket or below.
		bucket, upto := 0, 0.0
		for b, n := range in {
			if upto += float64(n); upto >= q*float64(len(stays)) {
				bucket = b
				break
			}
		}
		if got < float64(DwellBound(bucket)) || got > float64(DwellBound(bucket+1)) {
			t.Fatalf("%v is not in bucket %d", got, bucket)
		}
	})
}

func TestDerivedAtTheEdges(t *testing.T) {
	var none Sums
	if _, known := none.DwellQuantile(0.5); known || none.Score() != 0 || none.AffectedShare() != 0 || !none.LowSample() {
		t.Error("no visits")
	}
	same := Sums{Visits: 30, Affected: 30, Pain: 30 * 480_000, PainSq: 30 * 230_400}
	if se, known := same.ScoreError(); !known || se != 0 || same.LowSample() || same.Score() != 48 {
		t.Errorf("thirty equal visits: %v, %v", se, same.Score())
	}
	open := Sums{Visits: 1}
	open.Outcomes[0] = 1
	if open.Final(10, 10) || !same.Final(10, 10) || same.Final(11, 10) {
		t.Error("final")
	}
	if ms, known := (&VisitRow{EnteredAt: 10, LeftAt: 7}).Dwell(); !known || ms != 0 {
		t.Errorf("a visit left before it was entered stayed %d ms", ms)
	}
	if _, known := (&VisitRow{EnteredAt: 10, LeftAt: event.Never}).Dwell(); known {
		t.Error("an open visit has a length of stay")
	}
}
