package simulate

import "time"

// Words of the truth file for sending forms.
const (
	CauseRepeatedSubmit = "repeated_submit" // sent the same form again though nothing was wrong with it; N repeats
	CauseValidationLoop = "validation_loop" // could not make out what a form wants; N refusals
)

// sendForm is what comes before a form is accepted: for most nothing, for some a
// refusal or several, or a page that has accepted the form and does not show it.
// It says whether the person goes on, and whether the page's work is done.
func sendForm(p *person) (goesOn, done bool) {
	pg := p.page()
	if len(pg.fields) == 0 || p.at == search {
		return true, false
	}
	switch {
	case p.strikes(.0008):
		return guessWhatIsWrong(p, p.random.IntBetween(2, 6)), false
	case p.random.Chance(.01):
		return guessWhatIsWrong(p, 1), false
	case p.strikes(.001):
		sendAgain(p)
		return true, true
	}
	return true, false
}

// guessWhatIsWrong tries a form until the page has nothing against it, and says
// whether the person got there.
func guessWhatIsWrong(p *person, refusals int) bool {
	pg, first, last, made := p.page(), p.now, p.now, 0
	for made < refusals && (made == 0 || !p.hadEnough()) {
		p.press(&pg.button)
		last = p.now
		p.refuseForm(pg.form)
		p.mutate(p.now)
		made++
		p.annoyance += .25
		p.pass(p.random.LogNormal(1800*time.Millisecond, .4))
		p.fill(&pg.fields[len(pg.fields)-1])
		p.pass(p.random.LogNormal(700*time.Millisecond, .4))
	}
	accepted := made == refusals && !p.hadEnough()
	if made == 1 {
		p.addInnocent(Act{Cause: InnocentTypo, Op: pg.form, N: made}, first)
	} else {
		p.addCause(Act{Cause: CauseValidationLoop, Op: pg.form, N: made}, first, last)
		p.annoyance += .2
	}
	repeats := made - 1
	if accepted {
		repeats++ // the one that will be accepted
	}
	if repeats > 0 {
		p.addCause(Act{Cause: CauseRetry, Op: pg.form, N: repeats}, first, p.now)
	}
	return accepted
}

// sendAgain sends a form that was accepted at once by a page that does not show
// it, until the page moves on at last.
func sendAgain(p *person) {
	pg, first, last := p.page(), p.now, p.now
	repeats := p.random.IntBetween(1, 3)
	for range repeats + 1 {
		p.press(&pg.button)
		p.submit(pg.form)
		last = p.now
		took := int64(p.healthyLatency())
		p.request(pg.op, p.now, p.now+took, 200)
		p.now += took
		p.pass(p.random.LogNormal(3*time.Second, .3))
	}
	p.addCause(Act{Cause: CauseRepeatedSubmit, Op: pg.form, N: repeats}, first, last)
	p.annoyance += .2 * float64(repeats)
}
