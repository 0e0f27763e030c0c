package simulate

import (
	"math"
	"time"

	"friction/pipeline/traffic"
)

// arrivals decides who comes in and when.
type arrivals struct {
	random  traffic.Random
	rate    float64 // sessions a minute, averaged over a day
	flat    bool
	weekend float64
	peaks   []Peak
	end     int64 // nobody comes in any more
	next    int64 // when the next newcomer arrives
	count   uint64
	inside  []bool   // by user
	stays   []uint32 // by user
}

// returnShare is the share of people whose stay is followed by another one, and
// returnShareHurt that of people who were hurt in it.
const (
	returnShare     = .12
	returnShareHurt = .3
)

// drawNext draws when the next newcomer arrives: a Poisson process whose rate
// follows the day. It draws arrivals at the peak rate and keeps a share of them
// that is the rate of the moment divided by the peak (thinning).
func (a *arrivals) drawNext() {
	peak := max(1, a.weekend)
	if !a.flat {
		peak *= 1 + rhythm
	}
	for _, p := range a.peaks {
		peak *= max(1, p.Factor)
	}
	mean := time.Duration(float64(time.Minute) / (a.rate * (1 - returnShare) * peak))
	for {
		a.next += int64(a.random.Exponential(mean))
		if a.next >= a.end {
			a.next = traffic.Never
			return
		}
		if rate := a.relativeRate(); rate >= peak || a.random.Chance(rate/peak) {
			return
		}
	}
}

// Peak is a time at which more people come: a campaign, a sale.
type Peak struct {
	From   time.Time
	Lasts  time.Duration
	Factor float64 // how many times as many
}

// relativeRate is the rate when the next newcomer would come, divided by the
// average rate.
func (a *arrivals) relativeRate() float64 {
	rate := 1.0
	if !a.flat {
		rate += rhythm * timeOfDay(a.next)
	}
	now := time.Unix(0, a.next).UTC()
	if day := now.Weekday(); day == time.Saturday || day == time.Sunday {
		rate *= a.weekend
	}
	for _, p := range a.peaks {
		if since := now.Sub(p.From); since >= 0 && since < p.Lasts {
			rate *= p.Factor
		}
	}
	return rate
}

// rhythm is how far day and night differ from the average.
const rhythm = .6

// timeOfDay is 1 at the busiest hour of the day, half past seven in the evening
// UTC, and −1 twelve hours later.
func timeOfDay(now int64) float64 {
	const day, peak = int64(24 * time.Hour), int64(19*time.Hour + 30*time.Minute)
	return math.Cos(2 * math.Pi * float64((now-peak)%day) / float64(day))
}

// newcomer draws who comes, some users far more often than others, and nobody
// who is inside already.
func (a *arrivals) newcomer() (user int, free bool) {
	n := len(a.inside)
	user = int(float64(n) * math.Pow(a.random.Float64(), 1.3))
	for range n {
		if !a.inside[user] {
			return user, true
		}
		user = (user + 1) % n
	}
	return 0, false
}

// enter counts a stay of a user and returns which it is, from 1.
func (a *arrivals) enter(user int) int {
	a.inside[user] = true
	a.stays[user]++
	return int(a.stays[user])
}

// returnAfter draws whether a person who leaves will be back, and after how long:
// hours later for the most part.
func (p *person) returnAfter() (time.Duration, bool) {
	share := returnShare
	if p.visits.hurt {
		share = returnShareHurt
	}
	if !p.random.Chance(share) || p.stay&0xff == 0xff {
		return 0, false
	}
	return p.random.LogNormal(3*time.Hour, 1.1), true
}
