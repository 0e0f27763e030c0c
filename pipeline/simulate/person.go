package simulate

import "friction/pipeline/traffic"

// person is a user during one stay in the shop: an actor with a goal, a mood and
// what has happened to them so far. What people do is in functions of their own,
// one file a behaviour; the methods here are what all of them need.
type person struct {
	actor
	itinerary
	env    *environment
	visits visitLog
	link   link
	user   int // number of the user

	annoyance  float64 // what has annoyed them, in the unit of patience
	lastError  int64   // when the last error came that nothing good has followed, 0 for none
	followed   int64   // when a control led to the page they are on, 0: none did
	form       formState
	failures   failures
	gone, away bool // gone: has left; away: has left and will be back
}

// link is the person's connection to the collector.
type link struct {
	random       traffic.Random // for what the tracker and the network do
	offlineUntil int64
	lastBatch    int64 // when the last batch arrived
}

// environment is what everybody in the shop shares.
type environment struct {
	app       string
	seed      uint64 // of the users
	key       uint64 // of this shop's traffic
	trouble   float64
	pages     *[pageCount]page
	widgets   *[pageCount][]widget
	added     []behaviour // with random sources of their own
	pager     element     // leads to the next page of a list
	options   [6]element  // checkboxes
	incidents incidents
	recorder  recorder
}

// page is what there is on the page the person is on.
func (p *person) page() *page { return &p.env.pages[p.at] }

// strikes draws whether something goes wrong that does so in a share of cases,
// on an ordinary day.
func (p *person) strikes(share float64) bool { return p.random.Chance(share * p.env.trouble) }

// hadEnough says whether the person has lost patience.
func (p *person) hadEnough() bool { return p.annoyance > p.patience }

// addCause records what hurt the person, from first to last in true time.
func (p *person) addCause(a Act, first, last int64) { p.visits.addCause(a, first, last) }

// addInnocent records what only looks like trouble, from first until now.
func (p *person) addInnocent(a Act, first int64) { p.visits.addInnocent(a, first, p.now) }

// severity is how broken the page is at this moment, because of incidents.
func (p *person) severity() float64 {
	s := p.env.incidents.severity(p.at, &p.traits, p.now)
	if s > 0 {
		p.visits.current().Incident = true
	}
	return s
}
