package simulate

// Which visits of which steps a person is on, and what is true of them.

// enter follows the person onto the page they now see. A visit of a step ends
// when another step of its journey is seen; other pages leave it open.
func (p *person) enter() {
	s := p.spot()
	if s.journey == site {
		return
	}
	v := &p.open[s.journey]
	if v.begun && v.Step == s.name {
		return
	}
	ended := EndedOn
	switch {
	case v.at == confirmation || v.at == welcome:
		ended = EndedDone
	case p.at < v.at:
		ended = EndedBack
	}
	p.close(v, p.now, ended)
	*v = visit{p.visitOf(s), p.at, true}
}

func (p *person) visitOf(s *spot) Visit {
	return Visit{
		User: p.key, App: p.shop.app, Session: p.session,
		Journey: s.journeyName(), Step: s.name, EnteredAt: p.stamped(p.now),
	}
}

// close tells a visit that has begun and ends now.
func (p *person) close(v *visit, now int64, ended Ended) {
	if !v.begun {
		return
	}
	v.Ended = ended
	v.LeftAt = p.stamped(now)
	v.begun = false
	p.shop.tell(v.Visit)
}

// closeAll tells what is still open when the person leaves.
func (p *person) closeAll() {
	for i := range p.open {
		ended := EndedLeft
		if at := p.open[i].at; at == confirmation || at == welcome {
			ended = EndedDone
		}
		p.close(&p.open[i], p.latest, ended)
	}
}

// closePage tells the page outside of journeys, if there is something to tell.
func (p *person) closePage() {
	if len(p.seen.Causes)+len(p.seen.Innocent) == 0 {
		return
	}
	p.seen.LeftAt = p.stamped(max(p.now, p.latest))
	p.shop.tell(p.seen)
}

// here is the visit that what happens now belongs to.
func (p *person) here() *Visit {
	if j := p.spot().journey; j != site {
		return &p.open[j].Visit
	}
	return &p.seen
}

// blame records what hurt, from first to last in true time.
func (p *person) blame(a Act, first, last int64) {
	a.First, a.Last = p.stamped(first), p.stamped(last)
	v := p.here()
	v.Causes = append(v.Causes, a)
	p.hurt = true
}

// harmless records what did not, from first until now.
func (p *person) harmless(a Act, first int64) {
	a.First, a.Last = p.stamped(first), p.stamped(p.now)
	v := p.here()
	v.Innocent = append(v.Innocent, a)
}

// severity is how broken the page the person is on is at this moment.
func (p *person) severity() float64 {
	s := p.shop.severity(p.at, &p.traits, p.now)
	if s > 0 {
		p.here().Incident = true
	}
	return s
}
