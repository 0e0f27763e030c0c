package simulate

import "time"

// visitStep is a page that is a step of a journey: take it in, do what it asks,
// go on. Some leave for reasons of their own, others because they have had
// enough.
func visitStep(p *person) {
	if !openStep(p, p.next) {
		giveUp(p)
		return
	}
	read(p)
	switch {
	case p.gone || leavesOverError(p):
	case p.random.Chance(p.page().leaves):
		leave(p)
	case usePage(p):
		goToNextStep(p)
	default:
		giveUp(p)
	}
}

// openStep opens a step's page, again and again if it will not load, until it
// does or patience ends.
func openStep(p *person, to pageID) bool {
	var tries tries
	first, last, opened, loaded := p.now, p.now, 0, false
	for !loaded && (opened == 0 || !p.hadEnough()) {
		if opened > 0 {
			p.pass(p.random.LogNormal(1900*time.Millisecond, .4))
		}
		last = p.now
		p.show(to, 0)
		opened++
		if loaded = p.load(); !loaded {
			p.annoyance += .7
			if opened == 1 && p.followed > 0 { // a control has led here
				p.addCause(Act{Cause: CauseErrorClick, Op: p.page().loads}, last, p.now)
			}
		}
		tries.add(p.now)
	}
	p.endTries(&tries, p.page().loads)
	if opened > 1 {
		p.addCause(Act{Cause: CauseReloadLoop, Page: string(p.pageName), N: opened - 1}, first, last)
	}
	return loaded
}

// goToNextStep follows a finished step.
func goToNextStep(p *person) {
	p.followed = p.now
	switch {
	case p.at == confirmation && p.random.Chance(.2):
		p.goal, p.pagesLeft = look, p.random.IntBetween(1, 3)
		p.turnTo(home)
	case p.at == welcome:
		p.member = true
		p.identify(p.env.app, p.env.seed, p.user)
		p.goal, p.pagesLeft = goal(p.random.Weighted(50, 50)), p.random.IntBetween(1, 4)
		p.turnTo(category)
	case p.at == confirmation:
		leave(p)
	default:
		p.next = p.at + 1
	}
}
