package simulate

import (
	"iter"
	"slices"
	"time"

	"friction/pipeline/traffic"
)

// Shop is a running simulation. It is for one goroutine.
type Shop struct {
	env      environment
	arrivals arrivals
	delivery delivery
	truth    func(Visit)
	people   traffic.Queue[*person] // by when they play their next page, or come back
	unused   []*person              // whose memory is free
}

// New opens a shop. It fails when an option is out of range or an incident
// names no step.
func New(o Options) (*Shop, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	key := traffic.Hash(o.Seed, uint64(o.Start.UnixNano()))
	s := &Shop{truth: o.Truth}
	s.env = environment{
		app: o.App, seed: o.Seed, key: key, trouble: o.Trouble, added: added,
		pages: buildPages(), widgets: buildWidgets(), pager: button("next-page", "Next", .9, .95), recorder: recorder{key: key},
	}
	s.env.pager.encode()
	for i := range s.env.options {
		id := "option-" + string(rune('1'+i))
		s.env.options[i] = element{id: id, tag: "input", role: "checkbox", input: "checkbox", x: .1, y: .2 + .08*float64(i)}
		s.env.options[i].encode()
	}
	if err := s.Schedule(o.Incidents...); err != nil {
		return nil, err
	}
	s.delivery = delivery{disorder: o.Disorder, duplicates: o.Duplicates}
	s.arrivals = arrivals{
		random: traffic.Seeded(key, 1), rate: o.Rate, flat: o.Flat, weekend: o.Weekend, peaks: o.Peaks,
		end: traffic.Never, next: o.Start.UnixNano(), inside: make([]bool, o.Users), stays: make([]uint32, o.Users),
	}
	if !o.End.IsZero() {
		s.arrivals.end = o.End.UnixNano()
	}
	s.arrivals.drawNext()
	return s, nil
}

// Schedule replaces the incidents from now on, that is for all that has not
// been simulated yet; a page that someone is on already may have been. It
// fails, changing nothing, when an incident names no step.
func (s *Shop) Schedule(all ...Incident) error {
	by, err := byPage(all)
	if err != nil {
		return err
	}
	s.env.incidents = by
	return nil
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
	d := &s.delivery
	for d.arrived == nil {
		batch, page := d.outbox.Next(), min(s.people.Next(), s.arrivals.next)
		if min(batch, page) > limit || batch == traffic.Never && page == traffic.Never {
			return Record{}, false
		}
		if page <= batch {
			s.step()
			continue
		}
		d.at, d.arrived = d.outbox.Pop()
		d.next = 0
	}
	return d.nextRecord(), true
}

// step plays the next page of the next person: a newcomer, or one who has
// finished a page.
func (s *Shop) step() {
	if s.arrivals.next <= s.people.Next() {
		now := s.arrivals.next
		s.arrivals.count++
		s.arrivals.drawNext()
		if user, free := s.arrivals.newcomer(); free {
			s.admit(s.newPerson(), user, s.arrivals.count<<8, now)
		}
		return
	}
	now, p := s.people.Pop()
	switch {
	case !p.gone:
		s.play(p)
	case !p.away:
		s.dismiss(p, now)
	case s.arrivals.inside[p.user] || now >= s.arrivals.end:
		s.unused = append(s.unused, p)
	default:
		s.admit(p, p.user, p.stay+1, now)
	}
}

// admit lets a user in and plays their first page. The number of a stay is the
// number of the arrival, shifted by a byte that counts the returns after it.
func (s *Shop) admit(p *person, user int, stay uint64, now int64) {
	p.enterShop(&s.env, s.report, user, s.arrivals.enter(user), stay, now)
	s.play(p)
}

// play plays a page and lets the tracker deliver its events.
func (s *Shop) play(p *person) {
	p.visitPage()
	s.delivery.deliver(p)
	s.people.Push(p.now, p)
}

// dismiss ends a stay; some people will be back.
func (s *Shop) dismiss(p *person, now int64) {
	p.visits.closeAll(p.latestOwn)
	s.arrivals.inside[p.user] = false
	after, returns := p.returnAfter()
	if !returns {
		s.unused = append(s.unused, p)
		return
	}
	p.away = true
	s.people.Push(now+int64(after), p)
}

// newPerson is memory for a person, used before if possible.
func (s *Shop) newPerson() *person {
	if n := len(s.unused); n > 0 {
		p := s.unused[n-1]
		s.unused = s.unused[:n-1]
		return p
	}
	return new(person)
}

// report passes a finished visit on, its acts in the order in which they began.
func (s *Shop) report(v Visit) {
	if s.truth == nil {
		return
	}
	for _, acts := range [...][]Act{v.Causes, v.Innocent} {
		slices.SortStableFunc(acts, func(a, b Act) int { return a.First.Compare(b.First) })
	}
	s.truth(v)
}
