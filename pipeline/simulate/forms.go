package simulate

import "time"

// form is what a person has filled in on the page they are on and not sent.
type form struct {
	fields      int
	newest      *element
	first, last int64
}

func (f *form) filled(e *element, now int64) {
	if f.fields == 0 {
		f.first = now
	}
	if f.newest != e {
		f.fields++
		f.newest = e
	}
}

// leaveForm is turning away from a form: what was filled in is lost.
func (p *person) leaveForm() {
	if f := p.form; f.fields > 0 {
		p.blame(Act{Cause: CauseFormAbandonment, Page: string(p.page), N: f.fields}, f.first, f.last)
	}
	p.form = form{}
}

// fillIn fills in the page's form, if it has one, and says whether the person
// is willing to send it.
func (p *person) fillIn() bool {
	fields := p.spot().fields
	stop := len(fields)
	if stop > 1 && p.often(.002) {
		stop = p.dice.IntBetween(1, stop-1) // the next one asks for what is nobody's business
	}
	for i := range fields {
		if i == stop {
			p.on("focus", &fields[i])
			p.pass(p.dice.LogNormal(3*time.Second, .4))
			p.on("blur", &fields[i])
			p.annoyance += p.patience
			return false
		}
		p.fillOne(&fields[i])
		p.pass(p.dice.LogNormal(600*time.Millisecond, .5))
	}
	if len(fields) > 1 {
		p.reconsider(fields)
	}
	return true
}

// fillOne fills in a field, which some have to think about, and for which others
// have to fetch something.
func (p *person) fillOne(e *element) {
	switch {
	case p.often(.0004):
		p.on("focus", e)
		first := p.now
		p.pass(p.dice.LogNormal(26*time.Second, .35))
		p.blame(Act{Cause: CauseHesitation, Target: e.id}, first, p.now)
		p.write(e)
	case p.dice.Chance(.008):
		p.on("focus", e)
		first := p.now
		p.pass(p.dice.LogNormal(1500*time.Millisecond, .4))
		p.turnAway(false)
		p.pass(p.dice.LogNormal(20*time.Second, .5))
		p.turnAway(true)
		p.pass(p.dice.LogNormal(1200*time.Millisecond, .4))
		p.harmless(Act{Cause: InnocentLookUp, Target: e.id}, first)
		p.write(e)
	default:
		p.fill(e)
	}
}

// reconsider is going back to a field: once to mend a slip, or again and again
// by those who do not know what it wants.
func (p *person) reconsider(fields []element) {
	times, i := 0, p.dice.IntN(len(fields))
	switch {
	case p.often(.001):
		times = p.dice.IntBetween(2, 5)
	case p.dice.Chance(.02):
		times = 1
	default:
		return
	}
	first := p.now
	for n := range times {
		if n > 0 {
			other := &fields[(i+1)%len(fields)]
			p.on("focus", other)
			p.pass(p.dice.LogNormal(1600*time.Millisecond, .4))
			p.on("blur", other)
			p.pass(p.dice.LogNormal(700*time.Millisecond, .4))
		}
		p.fill(&fields[i])
		p.pass(p.dice.LogNormal(800*time.Millisecond, .4))
	}
	a := Act{Cause: CauseFieldReentry, Target: fields[i].id, N: times}
	if times > 1 {
		p.blame(a, first, p.now)
		if times > 2 { // torn between two
			p.blame(Act{Cause: CauseFieldReentry, Target: fields[(i+1)%len(fields)].id, N: times - 1}, first, p.now)
		}
		p.annoyance += .1 * float64(times)
		return
	}
	a.Cause = InnocentTypo
	p.harmless(a, first)
}

// pleaseThePage is what comes before a form is accepted: for most nothing, for
// some a refusal or several, or a page that has taken the form and does not say
// so. It says whether the person goes on, and whether that was it.
func (p *person) pleaseThePage() (on, done bool) {
	s := p.spot()
	if len(s.fields) == 0 || p.at == search {
		return true, false
	}
	switch {
	case p.often(.0008):
		return p.guess(p.dice.IntBetween(2, 6)), false
	case p.dice.Chance(.01):
		return p.guess(1), false
	case p.often(.001):
		p.sendAgain()
		return true, true
	}
	return true, false
}

// guess tries a form until the page has nothing against it, and says whether
// it got there.
func (p *person) guess(refusals int) bool {
	s, first, last, made := p.spot(), p.now, p.now, 0
	for made < refusals && (made == 0 || p.annoyance <= p.patience) {
		p.touch(&s.button)
		last = p.now
		p.refuse(s.form)
		p.change(p.now)
		made++
		p.annoyance += .25
		p.pass(p.dice.LogNormal(1800*time.Millisecond, .4))
		p.fill(&s.fields[len(s.fields)-1])
		p.pass(p.dice.LogNormal(700*time.Millisecond, .4))
	}
	on := made == refusals && p.annoyance <= p.patience
	if made == 1 {
		p.harmless(Act{Cause: InnocentTypo, Op: s.form, N: made}, first)
	} else {
		p.blame(Act{Cause: CauseValidationLoop, Op: s.form, N: made}, first, last)
		p.annoyance += .2
	}
	again := made - 1
	if on {
		again++ // the one that will be accepted
	}
	if again > 0 {
		p.blame(Act{Cause: CauseRetry, Op: s.form, N: again}, first, p.now)
	}
	return on
}

// sendAgain sends a form that was accepted at once by a page that does not show
// it, until the page moves on at last.
func (p *person) sendAgain() {
	s, first, last := p.spot(), p.now, p.now
	repeats := p.dice.IntBetween(1, 3)
	for range repeats + 1 {
		p.touch(&s.button)
		p.submit(s.form)
		last = p.now
		took := int64(p.takes())
		p.request(s.op, p.now, p.now+took, 200)
		p.now += took
		p.pass(p.dice.LogNormal(3*time.Second, .3))
	}
	p.blame(Act{Cause: CauseRepeatedSubmit, Op: s.form, N: repeats}, first, last)
	p.annoyance += .2 * float64(repeats)
}
