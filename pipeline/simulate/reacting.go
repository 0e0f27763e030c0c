package simulate

import "time"

// react is what a person does when the main action has failed them and they
// have patience left: it takes them to the next try and says how many clicks
// that is made of.
func (p *person) react(run *struggle) int {
	u := p.dice.Float64()
	if u < p.temper {
		p.pass(p.dice.LogNormal(500*time.Millisecond, .4))
		return p.angryClicks()
	}
	switch u = (u - p.temper) / (1 - p.temper); {
	case u < .12:
		p.backAndForth(run)
	case u < .24:
		p.reload(p.dice.IntBetween(1, 5))
	case u < .28:
		p.askForHelp()
	}
	p.pass(p.dice.LogNormal(2800*time.Millisecond, .6))
	return 1
}

// backAndForth goes to the page before and returns, hoping for better luck.
func (p *person) backAndForth(run *struggle) {
	at, item, back := p.at, p.item, p.spot().back
	if back == at {
		back = category
	}
	p.endStruggle(run, p.spot().op)
	look := p.dice.LogNormal(2200*time.Millisecond, .5)
	p.blame(Act{Cause: CauseQuickBack, Page: string(p.page), N: 1}, p.now, p.now+int64(look))
	p.glance(back, 0, look)
	p.glance(at, item, p.dice.LogNormal(1500*time.Millisecond, .4))
}

// reload loads the page again, several times in a row when at a loss.
func (p *person) reload(times int) {
	first, last := p.now, p.now
	for range times {
		last = p.now
		p.glance(p.at, p.item, p.dice.LogNormal(1600*time.Millisecond, .4))
	}
	p.blame(Act{Cause: CauseReloadLoop, Page: string(p.page), N: times}, first, last)
}

// askForHelp reads the help page and comes back. Some see at once that it says
// nothing about what troubles them.
func (p *person) askForHelp() {
	at, item := p.at, p.item
	p.helpSought()
	look := p.dice.LogNormal(12*time.Second, .35)
	if p.dice.Chance(.15) {
		look = p.dice.LogNormal(1800*time.Millisecond, .3)
		p.blame(Act{Cause: CauseQuickBack, Page: string(p.page), N: 1}, p.now, p.now+int64(look))
	}
	p.glance(help, 0, look)
	p.glance(at, item, p.dice.LogNormal(1500*time.Millisecond, .4))
}

// abandon stops waiting for an answer: the request ends without one, and those
// who stay load the page anew.
func (p *person) abandon(c *call, run *struggle) {
	p.request(p.spot().op, c.from, p.now, 0)
	run.tried(p.now)
	if p.annoyance <= p.patience {
		p.reload(1)
	}
}
