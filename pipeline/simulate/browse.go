package simulate

import "time"

// browse is a page outside of journeys: look at it, perhaps use it, move on.
func (p *person) browse() {
	p.show(p.next, p.item)
	p.seen = p.visitOf(p.spot())
	p.load()
	p.takeIn()
	adding := p.at == product && p.goal == buy && p.appetite <= 1
	if !adding && !p.dice.chance(.3) || p.work() || p.annoyance <= p.patience {
		p.wander()
	} else {
		p.giveUp()
	}
	p.closePage()
}

// wander decides where to go from a page outside of journeys.
func (p *person) wander() {
	p.appetite--
	switch {
	case p.appetite > 0 && p.dice.chance(.04):
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
	if p.at == product && p.before >= 0 && p.dice.chance(.15) {
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
		p.turnTo(to[p.dice.pick(0, 50, 18, 28, 4)])
	case category:
		p.turnTo(to[p.dice.pick(3, 14, 72, 10, 1)])
	case product:
		p.turnTo(to[p.dice.pick(6, 42, 30, 18, 4)])
	case search:
		p.turnTo(to[p.dice.pick(4, 6, 74, 14, 2)])
	default:
		p.turnTo(to[p.dice.pick(40, 35, 10, 15, 0)])
	}
}

func (p *person) turnTo(next place) {
	p.next, p.item = next, p.choose(next)
}

// load fills the page; during an incident at its step it may fail.
func (p *person) load() bool {
	from, status := p.now, 200
	took := p.takes()
	if s := p.severity(); s > 0 && p.dice.chance(.25*s) {
		status, took = 503, p.dice.around(900*time.Millisecond, .5)
	}
	p.pass(took)
	p.request(p.spot().loads, from, p.now, status)
	p.change(p.now)
	return status < 400
}

// takeIn is reading, with the habits people have and the wrong turns they take.
func (p *person) takeIn() {
	dwell := p.dice.around(p.spot().dwell, .6)
	p.pass(dwell / 4)
	for range p.dice.upTo(3) {
		p.scroll()
		p.pass(dwell / 8)
	}
	p.habits()
	switch {
	case p.dice.chance(.004):
		p.goAstray(1)
	case p.dice.chance(.0012):
		p.goAstray(p.dice.fromTo(3, 4))
	}
	p.pass(dwell / 2)
}

// goAstray follows misleading links to a wrong page and turns round at once:
// one time is an annoyance, several are being lost.
func (p *person) goAstray(times int) {
	from, item := p.at, p.item
	wrong := help
	if from == help {
		wrong = category
	}
	first := p.now
	for range times {
		p.show(wrong, 0)
		p.change(p.now)
		p.pass(p.dice.around(1700*time.Millisecond, .4))
		p.show(from, item)
		p.change(p.now)
		if times > 1 {
			p.pass(p.dice.around(1200*time.Millisecond, .3))
		}
	}
	a := Act{Cause: CauseQuickBack, Page: string(p.page), N: times}
	if times > 1 {
		a.Cause = CausePageLoop
	}
	p.blame(a, first, p.now)
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
