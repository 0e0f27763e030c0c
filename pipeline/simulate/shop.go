package simulate

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"friction/pipeline/traffic"
)

// The two topics of the traffic.
const (
	Clickstream = traffic.Clickstream
	Telemetry   = traffic.Telemetry
)

// Options describe a shop. The zero value of each field but Start is usable.
type Options struct {
	// Seed decides everything that is left to chance. Two shops with one seed
	// have the same users; their traffic is the same if Start is, too.
	Seed uint64
	// Start is when the empty shop opens. Required.
	Start time.Time
	// End is when it lets nobody in any more; those inside finish. Zero: never.
	End time.Time
	// Rate is sessions a minute, averaged over a day. Default 30.
	Rate float64
	// Users is how many people know the shop. Default: as many as there are
	// sessions in ten hours.
	Users int
	// Flat switches the rhythm of day and night off.
	Flat bool
	// Weekend is how many come on Saturdays and Sundays (UTC), as a share of
	// those of other days. Default 1.
	Weekend float64
	// Peaks are times at which more people come, for good reasons.
	Peaks []Peak
	// App is the events' app. Default "shop".
	App string
	// Disorder is the share of events that arrive after a younger event of the
	// same user and topic, up to some seconds late. Default 0.05; negative: 0.
	Disorder float64
	// Duplicates is the share of a tracker's batches that is sent again, with
	// the same ids. Default 0.002; negative: 0.
	Duplicates float64
	// Trouble is how often things go wrong and people show habits, against an
	// ordinary day. Default 1; a test that needs much of everything has more.
	Trouble float64
	// Incidents are in force from the start; see [Shop.Schedule] for later.
	Incidents []Incident
	// Truth is told every visit when it is over, which may be some seconds
	// before its last events arrive; set End and read to the end to have all
	// visits and all of their events. Optional.
	Truth func(Visit)
}

func (o *Options) fill() error {
	if o.Start.IsZero() {
		return errors.New("simulate a shop: set the start time")
	}
	if o.Rate < 0 || o.Rate > 1e6 || math.IsNaN(o.Rate) {
		return fmt.Errorf("simulate a shop: rate %v is not within 0 and 1,000,000 sessions a minute", o.Rate)
	}
	if o.Users < 0 || o.Users > 1e8 {
		return fmt.Errorf("simulate a shop: users %d is not within 0 and 100,000,000", o.Users)
	}
	if o.Disorder >= 1 || o.Duplicates >= 1 {
		return errors.New("simulate a shop: disorder and duplicates are shares below 1")
	}
	if o.Trouble < 0 || o.Trouble > 50 || math.IsNaN(o.Trouble) {
		return fmt.Errorf("simulate a shop: trouble %v is not within 0 and 50 times an ordinary day's", o.Trouble)
	}
	if o.Trouble == 0 {
		o.Trouble = 1
	}
	if o.Rate == 0 {
		o.Rate = 30
	}
	if o.Users == 0 {
		o.Users = max(1000, int(o.Rate*600))
	}
	if o.App == "" {
		o.App = "shop"
	}
	if o.Weekend == 0 {
		o.Weekend = 1
	}
	o.Disorder = orDefault(o.Disorder, .05)
	o.Duplicates = orDefault(o.Duplicates, .002)
	return nil
}

func orDefault(share, byDefault float64) float64 {
	if share == 0 {
		return byDefault
	}
	return max(share, 0)
}

// Record is one event as it arrives at the collector.
type Record = traffic.Record

// Shop is a running simulation. It is for one goroutine.
type Shop struct {
	app        string
	seed, key  uint64         // of the users; of this shop's traffic
	dice       traffic.Random // for who comes when
	rate       float64
	flat       bool
	weekend    float64
	peaks      []Peak
	end        int64
	disorder   float64
	duplicates float64
	trouble    float64
	told       func(Visit)
	incidents  [places][]Incident

	spots   *[places]spot
	pager   element
	options [6]element
	toys    [places][]toy

	arrival  int64 // the next newcomer's
	arrivals uint64
	people   traffic.Queue[*person]
	absent   []*person // whose struct is free
	inside   []bool    // by user
	stays    []uint32  // by user

	slab      traffic.Slab
	times     traffic.TimeWriter
	scene     []happening
	outbox    traffic.Queue[*batch]
	spare     []*batch
	posted    uint64
	overtaken uint64
	arrived   *batch // being handed out …
	given     int    // … up to here
	at        int64  // when it arrived
}

// New opens a shop. It fails when an option is out of range or an incident
// names no step.
func New(o Options) (*Shop, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	s := &Shop{
		app: o.App, seed: o.Seed, key: traffic.Hash(o.Seed, uint64(o.Start.UnixNano())),
		rate: o.Rate, flat: o.Flat, weekend: o.Weekend, peaks: o.Peaks, end: traffic.Never, disorder: o.Disorder, duplicates: o.Duplicates, trouble: o.Trouble, told: o.Truth,
		spots: catalogue(), arrival: o.Start.UnixNano(), inside: make([]bool, o.Users), stays: make([]uint32, o.Users),
		pager: button("next-page", "Next", .9, .95),
	}
	if !o.End.IsZero() {
		s.end = o.End.UnixNano()
	}
	s.pager.encode()
	s.furnishToys()
	for i := range s.options {
		id := "option-" + string(rune('1'+i))
		s.options[i] = element{id: id, tag: "input", role: "checkbox", input: "checkbox", x: .1, y: .2 + .08*float64(i)}
		s.options[i].encode()
	}
	if err := s.Schedule(o.Incidents...); err != nil {
		return nil, err
	}
	s.dice = traffic.Seeded(s.key, 1)
	s.expect()
	return s, nil
}

// Schedule replaces the incidents from now on, that is for all that has not
// been simulated yet; a page that someone is on already may have been. It
// fails, changing nothing, when an incident names no step.
func (s *Shop) Schedule(incidents ...Incident) error {
	var by [places][]Incident
	for _, i := range incidents {
		if err := i.validate(); err != nil {
			return err
		}
		if at, ok := placeOf(i.Journey, i.Step); ok {
			by[at] = append(by[at], i)
		}
	}
	s.incidents = by
	return nil
}

// severity is how broken a place is for someone: the worst of its incidents.
func (s *Shop) severity(at place, t *traits, now int64) float64 {
	worst := .0
	for _, i := range s.incidents[at] {
		if i.meets(t) {
			worst = max(worst, i.At(time.Unix(0, now)))
		}
	}
	return worst
}

// Records yields what arrives until a moment, in order; see [Shop.Next].
func (s *Shop) Records(until time.Time) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for {
			r, ok := s.Next(until)
			if !ok || !yield(r) {
				return
			}
		}
	}
}

// Next is the next record to arrive, if it does so no later than until, which
// should not go back from call to call. Without one, a later until may have
// more. The zero until asks for all there will ever be: in a shop with an End
// that is over when everyone has gone home, in others never.
func (s *Shop) Next(until time.Time) (Record, bool) {
	limit := until.UnixNano()
	if until.IsZero() {
		limit = traffic.Never
	}
	for s.arrived == nil {
		due, wakes := s.outbox.Next(), min(s.people.Next(), s.arrival)
		if min(due, wakes) > limit || due == traffic.Never && wakes == traffic.Never {
			return Record{}, false
		}
		if wakes <= due {
			s.step()
			continue
		}
		s.at, s.arrived = s.outbox.Pop()
		s.given = 0
	}
	h := &s.arrived.events[s.given]
	r := Record{
		Topic: Clickstream, Key: s.arrived.key,
		Time: time.UnixMilli(h.stamp).UTC(), Deliver: time.Unix(0, s.at).UTC(), Value: h.value,
	}
	if h.to == telemetry {
		r.Topic = Telemetry
	}
	if s.given++; s.given == len(s.arrived.events) {
		clear(s.arrived.events)
		s.arrived.events = s.arrived.events[:0]
		s.spare = append(s.spare, s.arrived)
		s.arrived = nil
	}
	return r, true
}
