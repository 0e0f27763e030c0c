package simulate

import "time"

// browse is a page outside of journeys: look at it, perhaps use it, move on.
func (p *person) browse() {
	p.show(p.next, p.item)
	p.seen = p.visitOf(p.spot())
	if !p.load() && p.opened == 1 && p.dice.Chance(.65) {
		p.giveUp()
		p.closePage()
		return
	}
	p.takeIn()
	if p.gone || p.hadEnough() {
		p.closePage()
		return
	}
	adding := p.at == product && p.goal == buy && p.appetite <= 1
	if !adding && !p.dice.Chance(.3) || p.work() || p.annoyance <= p.patience {
		p.wander()
	} else {
		p.giveUp()
	}
	p.closePage()
}

// hadEnough is giving up, before anything has been tried, if errors have been too
// much already.
func (p *person) hadEnough() bool {
	if p.straw == 0 || p.annoyance <= p.patience || p.at == help {
		return false
	}
	p.giveUp()
	return true
}

// wander decides where to go from a page outside of journeys.
func (p *person) wander() {
	p.appetite--
	switch {
	case p.appetite > 0 && p.dice.Chance(.04):
		p.leave()
	case p.appetite > 0:
		p.stroll()
	case p.goal == look:
		p.leave()
	case p.goal == join:
		p.next = start
	case p.at == product:
		p.next = cart
	default:
		p.turnTo(product)
	}
}

// stroll goes to another page, as pages lead to each other.
func (p *person) stroll() {
	if p.at == product && p.before >= 0 && p.dice.Chance(.15) {
		p.next, p.item, p.before = product, p.before, p.item
		p.seen.Innocent = append(p.seen.Innocent, Act{
			Cause: InnocentCompare, Page: string(p.spot().appendPage(nil, p.web, p.item)),
			First: p.stamped(p.now), Last: p.stamped(p.now),
		})
		return
	}
	if p.at == product {
		p.before = p.item
	}
	to := [...]place{home, category, product, search, help}
	switch p.at {
	case home:
		p.turnTo(to[p.dice.Weighted(0, 50, 18, 28, 4)])
	case category:
		p.turnTo(to[p.dice.Weighted(3, 14, 72, 10, 1)])
	case product:
		p.turnTo(to[p.dice.Weighted(6, 42, 30, 18, 4)])
	case search:
		p.turnTo(to[p.dice.Weighted(4, 6, 74, 14, 2)])
	default:
		p.turnTo(to[p.dice.Weighted(40, 35, 10, 15, 0)])
	}
}

func (p *person) turnTo(next place) {
	p.next, p.item = next, p.choose(next)
}

// load fills the page; during an incident at its step it may fail.
func (p *person) load() bool {
	from, status := p.now, 200
	took := p.takes()
	if s := p.severity(); s > 0 && p.dice.Chance(.25*s) || p.opened == 1 && p.often(.002) {
		status, took = 503, p.dice.LogNormal(900*time.Millisecond, .5)
	}
	p.pass(took)
	p.request(p.spot().loads, from, p.now, status)
	p.change(p.now)
	if status < 400 {
		if p.at != help { // which is no good news yet
			p.straw = 0
		}
		return true
	}
	p.straw = p.now
	return false
}

// takeIn is reading, with the habits people have and the wrong turns they take.
func (p *person) takeIn() {
	dwell := p.spot().dwell
	p.pass(p.dice.LogNormal(dwell/3, .45)) // to see where one is
	for range p.dice.IntN(3) {
		p.scroll()
		p.pass(p.dice.LogNormal(dwell/8, .5))
	}
	p.habits()
	p.woes()
	if p.gone {
		return
	}
	switch {
	case p.often(.004):
		p.goAstray(1)
	case p.often(.0012):
		p.goAstray(p.dice.IntBetween(3, 4))
	}
	p.pass(p.dice.LogNormal(dwell/2, .5)) // to read and decide
}

// goAstray follows misleading links to a wrong page and turns round at once:
// one time is an annoyance, several are being lost.
func (p *person) goAstray(times int) {
	from, item := p.at, p.item
	wrong := category
	if from == category {
		wrong = home
	}
	first := p.now
	for range times {
		p.show(wrong, 0)
		p.change(p.now)
		p.pass(p.dice.LogNormal(1700*time.Millisecond, .4))
		p.show(from, item)
		p.change(p.now)
		if times > 1 {
			p.pass(p.dice.LogNormal(1200*time.Millisecond, .3))
		}
	}
	p.blame(Act{Cause: CauseQuickBack, Page: string(p.page), N: times}, first, p.now)
	if times > 1 {
		p.blame(Act{Cause: CausePageLoop, Page: string(p.page), N: times}, first, p.now)
	}
	p.annoyance += .3 * float64(times)
}

// glance opens a page for a moment only, too short for it to matter whether it
// has loaded.
func (p *person) glance(at place, item int, look time.Duration) {
	p.show(at, item)
	if took := p.takes(); took < look {
		p.request(p.spot().loads, p.now, p.now+int64(took), 200)
		p.change(p.now + int64(took))
	}
	p.pass(look)
}
