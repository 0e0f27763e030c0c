package score

import (
	"math"

	"friction/pipeline/event"
)

// lowSample is the number of visits below which a score is marked as uncertain.
const lowSample = 30

// bound95 is how many standard errors the 95 % confidence interval reaches to each side.
const bound95 = 1.96

// The views of ClickHouse derive the same numbers from the same sums; see
// schemas/clickhouse. The order of operations is the same as there, so that results are
// equal to the last bit.

// Score is the mean pain of the visits, 0 to 100; 0 without visits.
func (s *Sums) Score() float64 {
	return float64(s.Pain) / float64(max(s.Visits, 1)) / 10000
}

// AffectedShare is the part of the visits with any pain, 0 to 1.
func (s *Sums) AffectedShare() float64 {
	return float64(s.Affected) / float64(max(s.Visits, 1))
}

// ScoreError is the standard error of Score: the sample standard deviation over
// the square root of visits. It is not known for fewer than two.
func (s *Sums) ScoreError() (se float64, known bool) {
	if s.Visits < 2 {
		return 0, false
	}
	n, sum := float64(s.Visits), float64(s.Pain)
	squares := float64(s.PainSq) * 1e6
	spread := squares - float64(float64(sum*sum)/n)
	return math.Sqrt(max(0, spread)/(n-1)/n) / 10000, true
}

// ScoreLow is the lower end of the 95 % confidence interval of Score, never
// below 0. It is not known for fewer than two visits.
func (s *Sums) ScoreLow() (low float64, known bool) {
	se, known := s.ScoreError()
	if !known {
		return 0, false
	}
	return max(0, s.Score()-float64(bound95*se)), true
}

// LowSample says that there are fewer than 30 visits.
func (s *Sums) LowSample() bool { return s.Visits < lowSample }

// DwellQuantile is the length of stay in ms that the share q of the ended visits
// does not exceed, interpolated within its bucket. It is not known while none
// has ended. The histogram must be sorted by bucket.
func (s *Sums) DwellQuantile(q float64) (ms float64, known bool) {
	var total, before uint64
	for _, c := range s.DwellHist {
		total += uint64(c.N)
	}
	rank := q * float64(total)
	for _, c := range s.DwellHist {
		upto := before + uint64(c.N)
		if float64(upto) >= rank {
			from := float64(DwellBound(int(c.Bucket)))
			to := float64(DwellBound(min(int(c.Bucket)+1, NumDwellBuckets-1)))
			return from + float64((to-from)*(rank-float64(before)))/float64(c.N), true
		}
		before = upto
	}
	return 0, false
}

// Final says that the sums of a window or pane that ends at end will not change:
// no visit is open, and what all tasks have emitted has passed its end.
func (s *Sums) Final(end, settledUntil event.Millis) bool {
	return s.Outcomes[0] == 0 && end <= settledUntil
}

// Score is the pain of one visit, 0 to 100.
func (r *VisitRow) Score() float64 { return float64(r.Pain) / 10000 }

// Score is the pain of the session, 0 to 100.
func (r *SessionRow) Score() float64 { return float64(r.Pain) / 10000 }

// Dwell is the length of stay in ms, never negative; not known while open.
func (r *VisitRow) Dwell() (ms event.Millis, known bool) {
	if r.LeftAt == event.Never {
		return 0, false
	}
	return max(0, r.LeftAt-r.EnteredAt), true
}

// Lag is how many records lie between the positions and the ends of the topics.
func (r *ProgressRow) Lag() (records uint64) {
	for _, p := range r.Positions {
		if p.End > p.Next {
			records += uint64(p.End - p.Next)
		}
	}
	return records
}

// Unaccounted is 0 when every consumed record is accounted for.
func (r *ProgressRow) Unaccounted() int64 {
	c := &r.Counters
	return int64(c.Consumed) - int64(c.Filtered+c.Rejected+c.Late+c.Duplicates+c.Capped+c.Unattended+c.Pending+c.InSessions)
}

// Reasons lists how many records were rejected or late, by reason, the reasons
// that occurred.
func (r *ProgressRow) Reasons() []Count {
	var out []Count
	for i, n := range r.Counters.ByReason {
		if n > 0 {
			out = append(out, Count{event.Reason(i).String(), n})
		}
	}
	return out
}
