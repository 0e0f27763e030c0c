package simulate

import "friction/pipeline/traffic"

// behaviour is something that people do, or that happens to them, now and then.
// It writes events, and says in the truth what they mean.
type behaviour struct {
	// name names the behaviour's random source; see [playIndependently].
	name string
	// word is the word of the truth file that it records, and shows is the type
	// of the event that proves it. Behaviours in the list added have them; the
	// tests of the truth file use them.
	word, shows string
	// when is the moment at which it may occur.
	when moment
	// where says whether it can occur to this person now; nil: always.
	where func(*person) bool
	// share is how often it occurs: its probability each time.
	share float64
	// fault: share grows with [Options.Trouble]. Habits keep their share.
	fault bool
	// act plays it.
	act func(*person)
}

// moment is a point in a person's stay.
type moment uint8

const (
	// whileReading comes once on each page, after it has been seen and before
	// it is used.
	whileReading moment = iota
	// afterFailure comes each time the page's main action has failed, and the
	// person has patience left.
	afterFailure
)

// occurs draws whether a behaviour occurs, from the person's random source.
func (b *behaviour) occurs(p *person) bool {
	switch {
	case b.where != nil && !b.where(p):
		return false
	case b.fault:
		return p.strikes(b.share)
	}
	return p.random.Chance(b.share)
}

// playFirst plays the first of the behaviours that occurs, if any. They share the
// person's random source, so a new one in the list would change what everybody
// does: see [playIndependently].
func playFirst(p *person, behaviours []behaviour) {
	for i := range behaviours {
		if b := &behaviours[i]; b.occurs(p) {
			b.act(p)
			return
		}
	}
}

// playIndependently plays each of the behaviours that occurs at this moment. Each
// has a random source of its own, which follows from its name, the stay and the
// number of events so far. So a new behaviour changes only the stays in which it
// occurs, and even there people draw what they would have drawn without it.
func playIndependently(p *person, when moment, behaviours []behaviour) {
	for i := range behaviours {
		b := &behaviours[i]
		if b.when != when || p.gone {
			continue
		}
		shared := p.random
		p.random = traffic.Seeded(p.env.key, p.stay, p.events, hashOf(b.name))
		if b.occurs(p) {
			b.act(p)
		}
		p.random = shared
	}
}

// hashOf makes a number of a name.
func hashOf(name string) uint64 {
	parts := make([]uint64, 0, 32)
	for _, c := range []byte(name) {
		parts = append(parts, uint64(c))
	}
	return traffic.Hash(parts...)
}
