package simulate

import (
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"
)

// LoadOptions describe plain traffic for benchmarks. Every field has a default.
type LoadOptions struct {
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

func (o *LoadOptions) fill() error {
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
	o.Disorder, o.Rage = orDefault(o.Disorder, .05), orDefault(o.Rage, .05)
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
	o       LoadOptions
	key     uint64
	dice    dice
	zipf    *rand.Zipf
	counts  Counts
	users   []loadUser
	left    int   // events not yet promised to a stay
	arrival int64 // of the next stay
	between time.Duration
	stays   queue[*loadStay]
	late    queue[Record]
	spare   []*loadStay
	paper   paper
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

// NewLoad prepares a load. It fails when an option is out of range.
func NewLoad(o LoadOptions) (*Load, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	l := &Load{
		o: o, key: rolled(o.Seed, 4).state, dice: rolled(o.Seed, 5), users: make([]loadUser, o.Users), left: o.Events,
		arrival: o.Start.UnixNano(), between: time.Duration(float64(o.Span) / (float64(o.Events)/float64(o.PerStay) + 1)),
	}
	if o.Skew > 1 {
		l.zipf = rand.NewZipf(rand.New(&l.dice), o.Skew, 1, uint64(o.Users-1))
	}
	l.furnish()
	return l, nil
}

// Counts is the truth about the load, once [Load.Next] has no more.
func (l *Load) Counts() Counts { return l.counts }

// Records yields all records in the order in which they arrive; see
// [Load.Next].
func (l *Load) Records() iter.Seq[Record] {
	return func(yield func(Record) bool) {
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
func (l *Load) Next() (Record, bool) {
	for {
		late, stay := l.late.next(), l.stays.next()
		switch due := min(late, stay, l.arrival); {
		case due == never:
			return Record{}, false
		case due == late:
			_, r := l.late.pop()
			return r, true
		case due == l.arrival:
			l.arrive()
		default:
			if r, now := l.live(); now {
				return r, true
			}
		}
	}
}

// arrive lets a stay begin and draws when the next one does.
func (l *Load) arrive() {
	now := l.arrival - l.arrival%int64(time.Millisecond)
	if l.left == 0 {
		l.arrival = never
		return
	}
	l.arrival += int64(l.dice.wait(l.between)) // not cut, or busy loads would be busier yet
	if user, free := l.someone(now); free {
		s := l.stay(user)
		l.begin(s)
		l.stays.push(now, s)
	}
}

// quiet is the least time between two events of a user, but for reactions and
// the clicks of a burst.
const quiet = 1500 * time.Millisecond

// swift is the share of clicks that are answered, if anything follows at all, and
// slowest the longest an answer takes.
const (
	swift   = .98
	slowest = 1900 * time.Millisecond
)

// someone draws a user who is not in a stay and has not just ended one.
func (l *Load) someone(now int64) (user int, free bool) {
	for try := range 40 {
		if l.zipf != nil && try < 8 {
			user = int(l.zipf.Uint64())
		} else {
			user = l.dice.upTo(len(l.users))
		}
		if u := &l.users[user]; !u.stays && now-u.seen >= int64(quiet) {
			return user, true
		}
	}
	return 0, false
}

func (l *Load) stay(user int) *loadStay {
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
	s.key = string(appendNumber([]byte{'u'}, uint64(s.user), 8))
	s.left = min(l.left, l.dice.fromTo(l.o.PerStay/2, l.o.PerStay+(l.o.PerStay+1)/2))
	l.left -= s.left
	l.users[s.user].stays = true
	if n := l.dice.fromTo(5, 8); s.left > n && l.dice.chance(l.o.Rage) {
		s.burst, s.burstAt = n, l.dice.fromTo(n, s.left-1)
	}
}

// live makes the next event of a stay; now is false when there is none to
// hand out at once.
func (l *Load) live() (r Record, now bool) {
	at, s := l.stays.pop()
	if s.left == 0 {
		if u := &l.users[s.user]; l.left == 0 || u.stays || at-u.seen < int64(quiet) {
			l.spare = append(l.spare, s)
			return Record{}, false
		}
		l.begin(s)
	}
	r = l.event(s, at)
	l.count(s, r, at)
	l.goOn(s, at)
	if !l.dice.chance(l.o.Disorder) {
		return r, true
	}
	l.counts.Disordered++
	due := at + int64(l.dice.between(200*time.Millisecond, l.o.MaxDelay).Truncate(time.Millisecond))
	r.Deliver = time.Unix(0, due).UTC()
	l.late.push(due, r)
	return Record{}, false
}

// goOn leads from an event to the next, or from a stay to another one that
// begins at the very edge of the session.
func (l *Load) goOn(s *loadStay, at int64) {
	bursting := s.bursting()
	s.left--
	s.answered = s.clicked && s.left > 0 && l.dice.chance(swift)
	switch {
	case s.left > 0 && bursting && s.bursting():
		at += int64(l.dice.fromTo(120, 180)) * int64(time.Millisecond)
	case s.answered:
		at += int64(min(l.dice.around(300*time.Millisecond, .6), slowest).Truncate(time.Millisecond))
	case s.left > 0:
		at += int64(quiet) + int64(l.dice.upTo(7500))*int64(time.Millisecond)
	default:
		l.users[s.user].stays = false
		if !l.dice.chance(.02) {
			l.spare = append(l.spare, s)
			return
		}
		at += int64(l.o.Gap) + int64(l.dice.upTo(2))*int64(time.Millisecond)
		*s = loadStay{user: s.user}
	}
	l.stays.push(at, s)
}

// count keeps the truth.
func (l *Load) count(s *loadStay, r Record, at int64) {
	c, u := &l.counts, &l.users[s.user]
	c.Events++
	if r.Topic == Telemetry {
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
