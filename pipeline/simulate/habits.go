package simulate

import "time"

// habits are the innocent things that look like trouble to a machine. Most
// pages see none of them.
func (p *person) habits() {
	s, d := p.spot(), &p.dice
	if p.keys && d.Chance(.5) {
		switch {
		case d.Chance(.7):
			p.tabThrough(s)
		case s.stepper != nil:
			p.holdKey(s.stepper)
		default:
			p.holdKey(&p.shop.pager)
		}
		return
	}
	mouse, list, count := .0, .0, .0
	if p.web && !p.phone {
		mouse = 1
	}
	if p.at == category || p.at == search {
		list = 1
	}
	if s.stepper != nil {
		count = 1
	}
	pointer := .0
	if p.moves {
		pointer = 1
	}
	switch d.Weighted(75, 5, 4*mouse, 4*mouse, 14*count, 11*list, 2*list, 2, 4, 7, 2, .3, 8*pointer) {
	case 1:
		p.touch(&s.text)
		p.harmless(Act{Cause: InnocentIdleClick, Target: s.text.id, N: 1}, p.now)
		p.pass(d.LogNormal(2*time.Second, .4))
	case 2:
		p.markText(2, InnocentDoubleClick)
	case 3:
		p.markText(3+d.Weighted(9, 1), InnocentSelection)
	case 4:
		p.stepUp(s.stepper)
	case 5:
		p.leafThrough(s)
	case 6:
		p.skim()
	case 7:
		p.lookForNews()
	case 8:
		p.lookAway()
	case 9:
		p.play()
	case 10:
		p.readOn()
	case 11:
		p.watch()
	case 12:
		if on := p.canvas(); on != nil {
			p.scribble(on)
		} else {
			p.follow()
		}
	}
}

// markText clicks text several times, which browsers answer by selecting it.
func (p *person) markText(clicks int, why string) {
	text, first := &p.spot().text, p.now
	for i := range clicks {
		if i > 0 {
			p.pass(p.dice.LogNormal(170*time.Millisecond, .2))
			p.on("selection", text)
		}
		p.touch(text)
	}
	p.harmless(Act{Cause: why, Target: text.id, N: clicks}, first)
	p.pass(p.dice.LogNormal(2*time.Second, .4))
}

// stepUp presses a quantity button once for each piece wanted, seeing each
// piece arrive.
func (p *person) stepUp(plus *element) {
	n, first := p.dice.IntBetween(2, 7), p.now
	for i := range n {
		if i > 0 {
			p.pass(p.dice.LogNormal(480*time.Millisecond, .25))
		}
		p.touch(plus)
		p.change(p.now)
	}
	p.harmless(Act{Cause: InnocentStepper, Target: plus.id, N: n}, first)
	p.pass(p.dice.LogNormal(time.Second, .4))
}

// leafThrough pages through a list.
func (p *person) leafThrough(s *spot) {
	n, first := p.dice.IntBetween(2, 6), p.now
	for i := range n {
		if i > 0 {
			p.pass(p.dice.LogNormal(1100*time.Millisecond, .35))
		}
		p.touch(&p.shop.pager)
		at := p.now + int64(p.takes())
		p.request(s.loads, p.now, at, 200)
		p.change(at)
	}
	p.harmless(Act{Cause: InnocentPaging, Target: p.shop.pager.id, N: n}, first)
	p.pass(p.dice.LogNormal(3*time.Second, .4))
}

// tabThrough works several controls from the keyboard, all at place 0,0.
func (p *person) tabThrough(s *spot) {
	n, first := p.dice.IntBetween(3, 6), p.now
	for i := range n {
		if i > 0 {
			p.pass(p.dice.LogNormal(330*time.Millisecond, .3))
		}
		p.touch(&p.shop.options[i])
		p.change(p.now)
	}
	p.harmless(Act{Cause: InnocentKeyboard, N: n}, first)
	p.pass(p.dice.LogNormal(time.Second, .4))
}

// skim has a quick look at a product and knows enough.
func (p *person) skim() {
	list, item, first := p.at, p.item, p.now
	p.glance(product, p.choose(product), p.dice.LogNormal(2500*time.Millisecond, .3))
	for range 2 { // a picture, the price
		p.scroll()
		p.pass(p.dice.LogNormal(2800*time.Millisecond, .3))
	}
	p.glance(list, item, p.dice.LogNormal(3*time.Second, .4))
	p.harmless(Act{Cause: InnocentSkim, Page: string(p.page), N: 1}, first)
}

// lookForNews reloads the page once.
func (p *person) lookForNews() {
	first := p.now
	p.glance(p.at, p.item, p.dice.LogNormal(3*time.Second, .4))
	p.harmless(Act{Cause: InnocentReload, Page: string(p.page), N: 1}, first)
}

// lookAway does something else for a while.
func (p *person) lookAway() {
	first := p.now
	p.turnAway(false)
	p.pass(p.dice.LogNormal(12*time.Second, .8))
	p.turnAway(true)
	p.harmless(Act{Cause: InnocentTabSwitch}, first)
	if p.web && !p.phone && p.dice.Chance(.25) {
		p.pass(p.dice.LogNormal(250*time.Millisecond, .3))
		p.wakeUp()
	}
	p.pass(p.dice.LogNormal(time.Second, .4))
}
