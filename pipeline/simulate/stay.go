package simulate

import (
	"time"

	"friction/pipeline/traffic"
)

// enterShop makes p a user who enters the shop now. Session counts the user's
// stays from 1. Memory of the person that p was is used again.
func (p *person) enterShop(e *environment, report func(Visit), user, session int, stay uint64, now int64) {
	head, tail, name := p.head, p.tail, p.pageName[:0]
	*p = person{env: e, user: user}
	p.actor = actor{
		traits: drawTraits(e.seed, user), random: traffic.Seeded(e.key, stay, 2), recorder: &e.recorder,
		userID: string(traffic.AppendNumber([]byte{'u'}, uint64(user), 7)), stay: stay, head: head, tail: tail,
		pressType: "click", viewType: "page_view", now: now, pageName: name,
	}
	if !p.web {
		p.pressType, p.viewType = "tap", "screen_view"
	}
	p.link.random = traffic.Seeded(e.key, stay, 3)
	p.visits = visitLog{report: report, who: Visit{User: p.userID, App: e.app, Session: session}, skew: p.skew}
	p.identify(e.app, e.seed, user)
	p.describe()
	p.lastProduct = -1
	p.decideWhatFor()
	if !p.web {
		p.lifecycle("start")
		p.pass(p.random.LogNormal(700*time.Millisecond, .4))
	}
}

// decideWhatFor draws what the person came for and where they come in.
func (p *person) decideWhatFor() {
	r := &p.random
	p.goal = goal(r.Weighted(24, 36, 40))
	if p.goal == join && p.member {
		p.goal = buy
	}
	p.pagesLeft = r.IntBetween(1, 5)
	if p.goal == look {
		p.pagesLeft = r.IntBetween(1, 9)
	}
	p.next = [...]pageID{home, category, product, search}[r.Weighted(42, 16, 28, 14)]
	if p.goal == buy && r.Chance(.12) {
		p.next, p.pagesLeft = cart, 0
	}
	if p.goal == join && r.Chance(.4) {
		p.next, p.pagesLeft = start, 0
	}
	p.item = p.choose(p.next)
}

// visitPage plays the next page, from opening it to leaving it.
func (p *person) visitPage() {
	if p.phone && p.link.random.Chance(.002) {
		p.link.offlineUntil = p.now + int64(p.link.random.Between(4*time.Second, 25*time.Second))
	}
	if p.env.pages[p.next].journey == site {
		browse(p)
	} else {
		visitStep(p)
	}
	p.now = max(p.now, p.latest) + int64(time.Millisecond)
}
