package loadgen

import (
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"friction/pipeline/traffic"
)

// Options describe plain traffic for benchmarks. Every field has a default.
type Options struct {
	Seed  uint64
	Start time.Time // default 2026-01-01 UTC; whole ms
	// Events is how many there are, over both topics. Default 1,000,000.
	Events int
	// Users is how many there may be. Default 100,000.
	Users int
	// Skew is the exponent, above 1, of the Zipf law by which users come.
	// Default 1.1; negative: all users alike.
	Skew float64
	// Span is the time over which stays begin. Default 6 h; at most 20 h, so
	// that no session comes near a day.
	Span time.Duration
	// PerStay is the mean of events in one stay of a user, at least 10.
	// Default 20.
	PerStay int
	// Gap is the longest silence inside a session, for [Counts]; whole ms.
	// Default 30 min.
	Gap time.Duration
	// Disorder is the share of events that arrive behind younger ones of their
	// topic, by up to MaxDelay. Default 0.05; negative: 0.
	Disorder float64
	MaxDelay time.Duration // default 5 s
	// Rage is the share of stays with a burst of clicks. Default 0.05;
	// negative: 0.
	Rage float64
	// Bytes is the length that shorter events are filled up to. Default 300.
	Bytes int
}

func (o *Options) fill() error {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	o.Events = cmp.Or(o.Events, 1_000_000)
	o.Users = cmp.Or(o.Users, 100_000)
	o.Skew = cmp.Or(o.Skew, 1.1)
	o.Span = cmp.Or(o.Span, 6*time.Hour)
	o.PerStay = cmp.Or(o.PerStay, 20)
	o.Gap = cmp.Or(o.Gap, 30*time.Minute)
	o.MaxDelay = cmp.Or(o.MaxDelay, 5*time.Second)
	o.Bytes = cmp.Or(o.Bytes, 300)
	o.Disorder, o.Rage = shareOr(o.Disorder, .05), shareOr(o.Rage, .05)
	switch {
	case o.Events < 0 || o.Users < 0 || o.Bytes < 0:
		return fmt.Errorf("make a load: events %d, users %d and bytes %d must not be negative", o.Events, o.Users, o.Bytes)
	case o.Skew >= 0 && o.Skew <= 1:
		return fmt.Errorf("make a load: skew %v must be above 1, or negative for none", o.Skew)
	case o.Span < 0 || o.Span > 20*time.Hour:
		return fmt.Errorf("make a load: span %v is not within 0 and 20h", o.Span)
	case o.PerStay < 10:
		return fmt.Errorf("make a load: %d events per stay are fewer than 10", o.PerStay)
	case o.Gap < time.Minute || o.MaxDelay < time.Second:
		return fmt.Errorf("make a load: gap %v must be a minute or more, max delay %v a second or more", o.Gap, o.MaxDelay)
	case o.Disorder >= 1 || o.Rage > 1:
		return fmt.Errorf("make a load: disorder %v and rage %v are shares", o.Disorder, o.Rage)
	}
	return nil
}

// shareOr is the share, or the default for zero; negative is none.
func shareOr(share, byDefault float64) float64 {
	if share == 0 {
		return byDefault
	}
	return max(share, 0)
}

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
// 2 s; all else comes at least 1.5 s after what was before, but for the clicks of
// a burst, which nothing answers. It is for one goroutine.
type Load struct {
	o       Options
	key     uint64
	random  traffic.Random
	zipf    *rand.Zipf
	counts  Counts
	users   []loadUser
	left    int   // events not yet promised to a stay
	arrival int64 // of the next stay
	between time.Duration
	stays   traffic.Queue[*loadStay]
	late    traffic.Queue[traffic.Record]
	spare   []*loadStay
	slab    traffic.Slab
	filler  []byte
	buttons [20][]byte
}

type loadUser struct {
	seen  int64 // time of the last event, 0 before the first
	stays bool
}

// loadStay is a user's stay; until it begins, left is 0.
type loadStay struct {
	user, left int
	burst      int // clicks of a burst …
	burstAt    int // … that is due when so many events are left
	page       int
	clicked    bool // the last event is an ordinary click …
	answered   bool // … and the next one is its reaction
	key        string
}

// bursting reports that the next event is a click of the burst.
func (s *loadStay) bursting() bool {
	return s.burst > 0 && s.left <= s.burstAt && s.left > s.burstAt-s.burst
}

// ends reports that the next event is the last before a burst or of the stay.
func (s *loadStay) ends() bool { return s.left == 1 || s.burst > 0 && s.left == s.burstAt+1 }

// New prepares a load. It fails when an option is out of range.
func New(o Options) (*Load, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	l := &Load{
		o: o, key: traffic.Hash(o.Seed, 4), random: traffic.Seeded(o.Seed, 5), users: make([]loadUser, o.Users), left: o.Events,
		arrival: o.Start.UnixNano(), between: time.Duration(float64(o.Span) / (float64(o.Events)/float64(o.PerStay) + 1)),
	}
	if o.Skew > 1 {
		l.zipf = rand.NewZipf(rand.New(&l.random), o.Skew, 1, uint64(o.Users-1))
	}
	l.prepare()
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

// Next is the next record to arrive; its Deliver is its Time but for those
// that come late. There is none after the last event.
func (l *Load) Next() (traffic.Record, bool) {
	for {
		late, stay := l.late.Next(), l.stays.Next()
		switch due := min(late, stay, l.arrival); {
		case due == traffic.Never:
			return traffic.Record{}, false
		case due == late:
			_, r := l.late.Pop()
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
	l.arrival += int64(l.random.Exponential(l.between)) // not cut, or busy loads would be busier yet
	if user, free := l.freeUser(now); free {
		s := l.newStay(user)
		l.begin(s)
		l.stays.Push(now, s)
	}
}

// minSilence is the least time between two events of a user, but for reactions and
// the clicks of a burst.
const minSilence = 1500 * time.Millisecond

// answeredShare is the share of clicks that are answered, if anything follows at all, and
// maxAnswerTime the longest an answer takes.
const (
	answeredShare = .98
	maxAnswerTime = 1900 * time.Millisecond
)

// freeUser draws a user who is not in a stay and has not just ended one.
func (l *Load) freeUser(now int64) (user int, free bool) {
	for try := range 40 {
		if l.zipf != nil && try < 8 {
			user = int(l.zipf.Uint64())
		} else {
			user = l.random.IntN(len(l.users))
		}
		if u := &l.users[user]; !u.stays && now-u.seen >= int64(minSilence) {
			return user, true
		}
	}
	return 0, false
}

func (l *Load) newStay(user int) *loadStay {
	if n := len(l.spare); n > 0 {
		s := l.spare[n-1]
		l.spare = l.spare[:n-1]
		*s = loadStay{user: user}
		return s
	}
	return &loadStay{user: user}
}

// begin promises a stay its events.
func (l *Load) begin(s *loadStay) {
	s.key = string(traffic.AppendNumber([]byte{'u'}, uint64(s.user), 8))
	s.left = min(l.left, l.random.IntBetween(l.o.PerStay/2, l.o.PerStay+(l.o.PerStay+1)/2))
	l.left -= s.left
	l.users[s.user].stays = true
	if n := l.random.IntBetween(5, 8); s.left > n && l.random.Chance(l.o.Rage) {
		s.burst, s.burstAt = n, l.random.IntBetween(n, s.left-1)
	}
}

// nextEvent makes the next event of a stay; now is false when there is none to
// hand out at once.
func (l *Load) nextEvent() (r traffic.Record, now bool) {
	at, s := l.stays.Pop()
	if s.left == 0 {
		if u := &l.users[s.user]; l.left == 0 || u.stays || at-u.seen < int64(minSilence) {
			l.spare = append(l.spare, s)
			return traffic.Record{}, false
		}
		l.begin(s)
	}
	r = l.event(s, at)
	l.count(s, r, at)
	l.scheduleNext(s, at)
	if !l.random.Chance(l.o.Disorder) {
		return r, true
	}
	l.counts.Disordered++
	due := at + int64(l.random.Between(200*time.Millisecond, l.o.MaxDelay).Truncate(time.Millisecond))
	r.Deliver = time.Unix(0, due).UTC()
	l.late.Push(due, r)
	return traffic.Record{}, false
}

// scheduleNext draws when the next event of a stay comes. After the last one it
// may draw another stay of the user that begins at the edge of the gap.
func (l *Load) scheduleNext(s *loadStay, at int64) {
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
		l.users[s.user].stays = false
		if !l.random.Chance(.02) {
			l.spare = append(l.spare, s)
			return
		}
		at += int64(l.o.Gap) + int64(l.random.IntN(2))*int64(time.Millisecond)
		*s = loadStay{user: s.user}
	}
	l.stays.Push(at, s)
}

// count keeps the truth.
func (l *Load) count(s *loadStay, r traffic.Record, at int64) {
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
