package simulate

import (
	"strconv"
	"time"
)

// often is chance for what goes wrong, at the shop's rate.
func (p *person) often(share float64) bool { return p.dice.Chance(share * p.shop.trouble) }

// woes are troubles that may befall anybody on any page, and what looks like
// them.
func (p *person) woes() {
	switch {
	case p.often(.0006):
		p.lookInVain()
	case p.often(.0006):
		p.freeze()
	case p.often(.0004):
		p.storm()
	case p.spot().journey == site && p.often(.0005):
		p.outage()
	case !p.web && p.often(.0006):
		p.fallOver()
	case p.at == search && p.often(.004):
		p.searchOn()
	case p.at == search && p.dice.Chance(.08):
		p.takeSuggestion()
	case p.at == search && p.dice.Chance(.05):
		p.findThings()
	case p.dice.Chance(.06):
		p.background()
	}
}

// lookInVain scrolls up and down for what the page does not have.
func (p *person) lookInVain() {
	first, turns := p.now, p.dice.IntBetween(8, 16)
	for i := range turns + 1 {
		by := p.dice.IntBetween(15, 50)
		if i%2 == 1 {
			by = -by
		}
		if d := p.depth + by; d < 0 || d > 100 {
			p.depth = 50
		}
		p.scrollTo(p.depth + by)
		p.pass(p.dice.LogNormal(650*time.Millisecond, .3))
	}
	p.blame(Act{Cause: CauseExcessiveScroll, Page: string(p.page), N: turns}, first, p.now)
	p.annoyance += .3
}

// freeze is the app or page not answering for some seconds.
func (p *person) freeze() {
	first, took := p.now, p.dice.LogNormal(4500*time.Millisecond, .35)
	p.pass(took)
	p.hang(took)
	p.blame(Act{Cause: CauseHang, Page: string(p.page)}, first, p.now)
	p.annoyance += .5
}

func (p *person) hang(took time.Duration) {
	b := append(p.begin("hang", p.now), `,"duration_ms":`...)
	p.end(strconv.AppendInt(b, took.Milliseconds(), 10), p.now, telemetry)
}

// storm is a page that asks the same thing over and over.
func (p *person) storm() {
	first, n := p.now, p.dice.IntBetween(30, 90)
	for range n {
		p.pass(p.dice.LogNormal(45*time.Millisecond, .4))
		p.request("GET /api/recommendations", p.now-int64(p.takes()), p.now, 200)
	}
	p.blame(Act{Cause: CauseRequestStorm, Op: "GET /api/recommendations", N: n}, first, p.now)
}

// outage is a server that fails whatever page one tries, for a while. Those who
// stay give it a minute.
func (p *person) outage() {
	tries := [...]place{home, category, product, search}
	for k := len(tries) - 1; k > 0; k-- {
		other := p.dice.IntN(k + 1)
		tries[k], tries[other] = tries[other], tries[k]
	}
	for _, to := range tries {
		if to == p.at {
			continue
		}
		p.show(to, p.choose(to))
		from := p.now
		p.pass(p.dice.LogNormal(500*time.Millisecond, .4))
		p.request(p.spot().loads, from, p.now, 503)
		p.change(p.now)
		p.straw = p.now
		p.annoyance += .35
		p.pass(p.dice.LogNormal(2200*time.Millisecond, .4))
		if p.annoyance > p.patience {
			return
		}
	}
	p.pass(p.dice.LogNormal(time.Minute, .25))
	p.show(p.at, p.item)
	p.load()
	p.pass(p.dice.LogNormal(2*time.Second, .4))
}

// chain is failures of the server in a row, whatever was asked.
type chain struct {
	n           int
	ops         [2]string
	first, last int64
}

// answered counts an answer, in the order in which they are told.
func (p *person) answered(op string, at int64, status int) {
	c := &p.broken
	switch {
	case status >= 500:
		if c.n == 0 {
			c.first, c.ops[0] = at, op
		}
		if op != c.ops[0] {
			c.ops[1] = op
		}
		c.n++
		c.last = at
	case status > 0:
		p.recover()
	}
}

// recover blames the failures that are over. Those of one operation alone are
// tries at it, and told as such.
func (p *person) recover() {
	if c := p.broken; c.n > 1 && c.ops[1] != "" {
		p.blame(Act{Cause: CauseErrorChain, N: c.n}, c.first, c.last)
	}
	p.broken = chain{}
}

// fallOver is an app that ends by itself. Not everybody starts it again.
func (p *person) fallOver() {
	p.crash(p.now)
	p.annoyance += .8
	if p.annoyance > p.patience && p.dice.Chance(.5) {
		p.goHome()
		return
	}
	p.startAgain(p.now)
}

// startAgain opens the app after a crash, at the page one was on.
func (p *person) startAgain(crashed int64) {
	p.pass(p.dice.LogNormal(2500*time.Millisecond, .3))
	p.lifecycle("start")
	p.blame(Act{Cause: CauseCrashRestart, Page: string(p.page)}, crashed, p.now)
	p.pass(p.dice.LogNormal(800*time.Millisecond, .3))
	p.show(p.at, p.item)
	p.change(p.now)
}

// searchOn searches in other words for what does not turn up.
func (p *person) searchOn() {
	s, first, last := p.spot(), p.now, p.now
	n := p.dice.IntBetween(3, 6)
	for range n {
		p.find(s)
		last = p.now
		p.pass(p.dice.LogNormal(5*time.Second, .4))
	}
	p.blame(Act{Cause: CauseRepeatedSearch, Op: s.form, N: n}, first, last)
	p.annoyance += .3
}

// find searches once.
func (p *person) find(s *spot) {
	p.fill(&s.fields[0])
	p.pass(p.dice.LogNormal(400*time.Millisecond, .4))
	p.touch(&s.button)
	p.submit(s.form)
	from := p.now
	p.pass(p.takes())
	p.request(s.op, from, p.now, 200)
	p.change(p.now)
}

// takeSuggestion picks what the field suggests: nothing is sent.
func (p *person) takeSuggestion() {
	first, item := p.now, p.item
	p.fill(&p.spot().fields[0])
	p.form = form{}
	p.glance(product, p.choose(product), p.dice.LogNormal(15*time.Second, .3))
	p.glance(search, item, p.dice.LogNormal(3*time.Second, .4))
	p.harmless(Act{Cause: InnocentSuggestion}, first)
}

// findThings searches for one thing after the other, and finds them.
func (p *person) findThings() {
	first, item := p.now, p.item
	for range p.dice.IntBetween(3, 4) {
		p.find(p.spot())
		p.pass(p.dice.LogNormal(3*time.Second, .3))
		p.glance(product, p.choose(product), p.dice.LogNormal(15*time.Second, .3))
		p.glance(search, item, p.dice.LogNormal(3*time.Second, .3))
	}
	p.harmless(Act{Cause: InnocentOtherSearch}, first)
}

// helpSought tells of a wish for help that comes up on a step of a journey.
func (p *person) helpSought() {
	if p.spot().journey == site || p.at == confirmation || p.at == welcome {
		return // in the middle of nothing
	}
	first := p.now
	if p.dice.Chance(.5) {
		b := append(p.begin("support", p.now), `,"name":"chat_opened"`...)
		p.end(b, p.now, clickstream)
		p.pass(p.dice.LogNormal(8*time.Second, .5))
	}
	p.blame(Act{Cause: CauseHelpSeeking, Page: string(p.page)}, first, p.now)
}

// survey is asking a person who leaves how it was. Few answer; those who were
// hurt more often.
func (p *person) survey() {
	if p.hurt && p.dice.Chance(.06) {
		p.blame(Act{Cause: CauseNegativeSurvey}, p.now, p.now)
		p.rate(p.dice.IntBetween(1, 2))
	} else if p.dice.Chance(.012) {
		p.harmless(Act{Cause: InnocentPraise}, p.now)
		p.rate(p.dice.IntBetween(4, 5))
	}
}

// rate answers a survey with stars.
func (p *person) rate(stars int) {
	b := append(p.begin("survey", p.now), `,"name":"how_was_it","attrs":{"rating":`...)
	b = strconv.AppendInt(b, int64(stars), 10)
	p.end(append(b, `,"scale":5}`...), p.now, clickstream)
	p.pass(p.dice.LogNormal(1500*time.Millisecond, .4))
}

// background is what an app does beside, for nobody to notice.
func (p *person) background() {
	first := p.now
	word := InnocentJank
	switch p.dice.Weighted(4, 3, 3) {
	case 0:
		for range p.dice.IntBetween(1, 3) {
			took := p.dice.LogNormal(120*time.Millisecond, .5)
			p.pass(took)
			p.hang(took)
			p.pass(p.dice.LogNormal(900*time.Millisecond, .5))
		}
	case 1:
		word = InnocentChatter
		ops := [...]string{"GET /api/recommendations", "GET /api/stock", "GET /api/prices", "GET /api/reviews"}
		for i := range p.dice.IntBetween(6, 14) {
			p.pass(p.dice.LogNormal(90*time.Millisecond, .5))
			p.request(ops[i%len(ops)], p.now-int64(p.takes()), p.now, 200)
		}
	case 2:
		word = InnocentUnseen
		p.pass(p.dice.LogNormal(3*time.Second, .4))
		p.request("GET /api/banner", p.now-int64(p.takes()), p.now, 404)
		p.pass(p.dice.LogNormal(3*time.Second, .4))
	}
	p.harmless(Act{Cause: word}, first)
}
