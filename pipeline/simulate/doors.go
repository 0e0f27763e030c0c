package simulate

import (
	"math"
	"slices"
	"time"

	"friction/pipeline/traffic"
)

// Who comes in, who comes back, who goes home.

// comeBack is the share of people whose stay is followed by another one, and
// comeBackHurt that of people who were hurt in it.
const (
	comeBack     = .12
	comeBackHurt = .3
)

// step lets the next person live: a newcomer, or who has finished a page.
func (s *Shop) step() {
	if s.arrival <= s.people.Next() {
		now := s.arrival
		s.arrivals++
		s.expect()
		if user, free := s.newcomer(); free {
			p := s.somebody()
			p.arrive(s, user, s.arrivals<<8, now)
			s.play(p)
		}
		return
	}
	now, p := s.people.Pop()
	switch {
	case !p.gone:
		s.play(p)
	case !p.away:
		s.seeOff(p, now)
	case s.inside[p.user] || now >= s.end:
		s.absent = append(s.absent, p)
	default:
		p.arrive(s, p.user, p.stay+1, now)
		s.play(p)
	}
}

// play lives a page and lets the tracker deliver it.
func (s *Shop) play(p *person) {
	p.live()
	s.deliver(p)
	s.people.Push(p.now, p)
}

// seeOff ends a stay; some will be back, hours later for the most part.
func (s *Shop) seeOff(p *person, now int64) {
	p.closeAll()
	s.inside[p.user] = false
	share := comeBack
	if p.hurt {
		share = comeBackHurt
	}
	if !p.dice.Chance(share) || p.stay&0xff == 0xff {
		s.absent = append(s.absent, p)
		return
	}
	p.away = true
	s.people.Push(now+int64(p.dice.LogNormal(3*time.Hour, 1.1)), p)
}

// somebody is a person to become someone.
func (s *Shop) somebody() *person {
	if n := len(s.absent); n > 0 {
		p := s.absent[n-1]
		s.absent = s.absent[:n-1]
		return p
	}
	return new(person)
}

// newcomer draws who comes, some users far more often than others, and nobody
// who is inside already.
func (s *Shop) newcomer() (user int, free bool) {
	n := len(s.inside)
	user = int(float64(n) * math.Pow(s.dice.Float64(), 1.3))
	for range n {
		if !s.inside[user] {
			return user, true
		}
		user = (user + 1) % n
	}
	return 0, false
}

// entered counts a stay of a user and returns which it is, from 1.
func (s *Shop) entered(user int) int {
	s.inside[user] = true
	s.stays[user]++
	return int(s.stays[user])
}

// expect draws when the next newcomer arrives: a Poisson process whose rate
// follows the day, by thinning one that is always at its peak.
func (s *Shop) expect() {
	peak := max(1, s.weekend)
	if !s.flat {
		peak *= 1 + rhythm
	}
	for _, p := range s.peaks {
		peak *= max(1, p.Factor)
	}
	mean := time.Duration(float64(time.Minute) / (s.rate * (1 - comeBack) * peak))
	for {
		s.arrival += int64(s.dice.Exponential(mean))
		if s.arrival >= s.end {
			s.arrival = traffic.Never
			return
		}
		if busy := s.busy(); busy >= peak || s.dice.Chance(busy/peak) {
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

// busy is how many come when the next newcomer would, compared with the average.
func (s *Shop) busy() float64 {
	busy := 1.0
	if !s.flat {
		busy += rhythm * tide(s.arrival)
	}
	now := time.Unix(0, s.arrival).UTC()
	if day := now.Weekday(); day == time.Saturday || day == time.Sunday {
		busy *= s.weekend
	}
	for _, p := range s.peaks {
		if since := now.Sub(p.From); since >= 0 && since < p.Lasts {
			busy *= p.Factor
		}
	}
	return busy
}

// rhythm is how far day and night differ from the average.
const rhythm = .6

// tide is 1 at the busiest hour of the day, half past seven in the evening
// UTC, and −1 twelve hours later.
func tide(now int64) float64 {
	const day, peak = int64(24 * time.Hour), int64(19*time.Hour + 30*time.Minute)
	return math.Cos(2 * math.Pi * float64((now-peak)%day) / float64(day))
}

// tell passes a finished visit on, its acts in the order in which they began.
func (s *Shop) tell(v Visit) {
	if s.told == nil {
		return
	}
	for _, acts := range [...][]Act{v.Causes, v.Innocent} {
		slices.SortStableFunc(acts, func(a, b Act) int { return a.First.Compare(b.First) })
	}
	s.told(v)
}
