package loadgen

import (
	"iter"
	"math/rand/v2"
	"time"

	"friction/pipeline/traffic"
)

// Counts are the truth about a load.
type Counts struct {
	Events, Clickstream, Telemetry int
	// Disordered events were held back on their way; where traffic is thin,
	// fewer of them arrive behind a younger one.
	Disordered int
	// Users who came at all.
	Users int
	// Sessions by gap: a silence of exactly Gap stays inside, a longer one
	// splits.
	Sessions int
	// RageClicks are bursts: at least 5 clicks on one target, 120 to 180 ms
	// apart. No two other clicks of a user are closer than 1.5 s.
	RageClicks int
}

// Load is plain seeded traffic whose [Counts] are exact by construction: a user
// has at most one stay at a time, so the events of each are made in the order
// of their times, and the silence before each is known as it is made. Some
// stays begin exactly one gap, or 1 ms more, after the one before. Nearly every
// click is followed by a reaction of the page, a mutation or another page, within
// 2 s. All else comes at least 1.5 s after the event before it, except the clicks
// of a burst, to which nothing reacts. It is for one goroutine.
type Load struct {
	o       Options
	random  traffic.Random
	events  writer
	zipf    *rand.Zipf
	counts  Counts
	users   []user
	left    int   // events that no stay has been given yet
	arrival int64 // of the next stay
	between time.Duration
	stays   traffic.Queue[*stay]
	delayed traffic.Queue[traffic.Record]
	spare   []*stay
}

// New prepares a load. It fails when an option is out of range.
func New(o Options) (*Load, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	l := &Load{
		o: o, random: traffic.Seeded(o.Seed, 5), users: make([]user, o.Users), left: o.Events,
		arrival: o.Start.UnixNano(), between: time.Duration(float64(o.Span) / (float64(o.Events)/float64(o.PerStay) + 1)),
	}
	if o.Skew > 1 {
		l.zipf = rand.NewZipf(rand.New(&l.random), o.Skew, 1, uint64(o.Users-1))
	}
	l.events = newWriter(traffic.Hash(o.Seed, 4), &l.random, o.Bytes)
	return l, nil
}

// Counts is the truth about the load, once [Load.Next] has no more.
func (l *Load) Counts() Counts { return l.counts }

// Records yields all records in the order in which they arrive; see
// [Load.Next].
func (l *Load) Records() iter.Seq[traffic.Record] {
	return func(yield func(traffic.Record) bool) {
		for {
			r, ok := l.Next()
			if !ok || !yield(r) {
				return
			}
		}
	}
}

// Next is the next record to arrive. Its Deliver is its Time, except for those
// that are delayed. There is none after the last event.
func (l *Load) Next() (traffic.Record, bool) {
	for {
		delayed, next := l.delayed.Next(), l.stays.Next()
		switch due := min(delayed, next, l.arrival); {
		case due == traffic.Never:
			return traffic.Record{}, false
		case due == delayed:
			_, r := l.delayed.Pop()
			return r, true
		case due == l.arrival:
			l.arrive()
		default:
			if r, now := l.nextEvent(); now {
				return r, true
			}
		}
	}
}

// arrive lets a stay begin and draws when the next one does.
func (l *Load) arrive() {
	now := l.arrival - l.arrival%int64(time.Millisecond)
	if l.left == 0 {
		l.arrival = traffic.Never
		return
	}
	l.arrival += int64(l.random.Exponential(l.between)) // not cut to ms, which would raise the rate of busy loads
	if number, free := l.freeUser(now); free {
		s := l.newStay(number)
		l.begin(s)
		l.stays.Push(now, s)
	}
}

// minSilence is the least time between two events of a user, except reactions and
// the clicks of a burst.
const minSilence = 1500 * time.Millisecond

// answeredShare is the share of clicks that the page reacts to, if anything
// follows at all, and maxAnswerTime the longest such a reaction takes.
const (
	answeredShare = .98
	maxAnswerTime = 1900 * time.Millisecond
)

// freeUser draws a user who is not in a stay and has not just ended one.
func (l *Load) freeUser(now int64) (number int, free bool) {
	for try := range 40 {
		if l.zipf != nil && try < 8 {
			number = int(l.zipf.Uint64())
		} else {
			number = l.random.IntN(len(l.users))
		}
		if u := &l.users[number]; !u.inStay && now-u.seen >= int64(minSilence) {
			return number, true
		}
	}
	return 0, false
}

// newStay is memory for a stay, used before if possible.
func (l *Load) newStay(number int) *stay {
	if n := len(l.spare); n > 0 {
		s := l.spare[n-1]
		l.spare = l.spare[:n-1]
		*s = stay{user: number}
		return s
	}
	return &stay{user: number}
}

// begin gives a stay its number of events and, in a share of stays, a burst of
// clicks.
func (l *Load) begin(s *stay) {
	s.key = string(traffic.AppendNumber([]byte{'u'}, uint64(s.user), 8))
	s.left = min(l.left, l.random.IntBetween(l.o.PerStay/2, l.o.PerStay+(l.o.PerStay+1)/2))
	l.left -= s.left
	l.users[s.user].inStay = true
	if n := l.random.IntBetween(5, 8); s.left > n && l.random.Chance(l.o.Rage) {
		s.burst, s.burstAt = n, l.random.IntBetween(n, s.left-1)
	}
}

// nextEvent makes the next event of the stay that is due. Now is false when there
// is none to hand out at once: the stay cannot begin, or the event is delayed.
func (l *Load) nextEvent() (r traffic.Record, now bool) {
	at, s := l.stays.Pop()
	if s.left == 0 {
		if u := &l.users[s.user]; l.left == 0 || u.inStay || at-u.seen < int64(minSilence) {
			l.spare = append(l.spare, s)
			return traffic.Record{}, false
		}
		l.begin(s)
	}
	r = l.events.next(s, at)
	l.count(s, r, at)
	l.scheduleNext(s, at)
	if !l.random.Chance(l.o.Disorder) {
		return r, true
	}
	l.counts.Disordered++
	due := at + int64(l.random.Between(200*time.Millisecond, l.o.MaxDelay).Truncate(time.Millisecond))
	r.Deliver = time.Unix(0, due).UTC()
	l.delayed.Push(due, r)
	return traffic.Record{}, false
}

// scheduleNext draws when the next event of a stay comes. After the last one it
// may draw another stay of the user that begins at the edge of the gap.
func (l *Load) scheduleNext(s *stay, at int64) {
	bursting := s.bursting()
	s.left--
	s.answered = s.clicked && s.left > 0 && l.random.Chance(answeredShare)
	switch {
	case s.left > 0 && bursting && s.bursting():
		at += int64(l.random.IntBetween(120, 180)) * int64(time.Millisecond)
	case s.answered:
		at += int64(min(l.random.LogNormal(300*time.Millisecond, .6), maxAnswerTime).Truncate(time.Millisecond))
	case s.left > 0:
		at += int64(minSilence) + int64(l.random.IntN(7500))*int64(time.Millisecond)
	default:
		l.users[s.user].inStay = false
		if !l.random.Chance(.02) {
			l.spare = append(l.spare, s)
			return
		}
		at += int64(l.o.Gap) + int64(l.random.IntN(2))*int64(time.Millisecond)
		*s = stay{user: s.user}
	}
	l.stays.Push(at, s)
}

// count adds an event to the counts.
func (l *Load) count(s *stay, r traffic.Record, at int64) {
	c, u := &l.counts, &l.users[s.user]
	c.Events++
	if r.Topic == traffic.Telemetry {
		c.Telemetry++
	} else {
		c.Clickstream++
	}
	if u.seen == 0 {
		c.Users++
	}
	if u.seen == 0 || at-u.seen > int64(l.o.Gap) {
		c.Sessions++
	}
	u.seen = at
	if s.burst > 0 && s.left == s.burstAt {
		c.RageClicks++
	}
}
