package simulate

import "time"

// Words of the truth file for working with lists and quantities.
const (
	InnocentStepper = "stepper" // a quantity button, once per piece
	InnocentPaging  = "paging"  // through a list of products
	InnocentSkim    = "skim"    // a glance at a product and back to the list
)

// setQuantity presses a quantity button once for each piece wanted, seeing each
// piece arrive.
func setQuantity(p *person) {
	plus, n, first := p.page().stepper, p.random.IntBetween(2, 7), p.now
	for i := range n {
		if i > 0 {
			p.pass(p.random.LogNormal(480*time.Millisecond, .25))
		}
		p.press(plus)
		p.mutate(p.now)
	}
	p.addInnocent(Act{Cause: InnocentStepper, Target: plus.id, N: n}, first)
	p.pass(p.random.LogNormal(time.Second, .4))
}

// pageThrough goes through the pages of a list.
func pageThrough(p *person) {
	pager, n, first := &p.env.pager, p.random.IntBetween(2, 6), p.now
	for i := range n {
		if i > 0 {
			p.pass(p.random.LogNormal(1100*time.Millisecond, .35))
		}
		p.press(pager)
		at := p.now + int64(p.healthyLatency())
		p.request(p.page().loads, p.now, at, 200)
		p.mutate(at)
	}
	p.addInnocent(Act{Cause: InnocentPaging, Target: pager.id, N: n}, first)
	p.pass(p.random.LogNormal(3*time.Second, .4))
}

// skim has a quick look at a product and knows enough.
func skim(p *person) {
	list, item, first := p.at, p.item, p.now
	p.glance(product, p.choose(product), p.random.LogNormal(2500*time.Millisecond, .3))
	for range 2 { // a picture, the price
		p.scroll()
		p.pass(p.random.LogNormal(2800*time.Millisecond, .3))
	}
	p.glance(list, item, p.random.LogNormal(3*time.Second, .4))
	p.addInnocent(Act{Cause: InnocentSkim, Page: string(p.pageName), N: 1}, first)
}
