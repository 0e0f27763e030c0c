package simulate

// read is taking a page in, with the habits people have, the faults that strike
// them and the wrong turns they take.
func read(p *person) {
	dwell := p.page().dwell
	p.pass(p.random.LogNormal(dwell/3, .45)) // to see where one is
	for range p.random.IntN(3) {
		p.scroll()
		p.pass(p.random.LogNormal(dwell/8, .5))
	}
	followHabits(p)
	playFirst(p, pageFaults)
	if p.gone {
		return
	}
	playFirst(p, wrongLinks)
	playIndependently(p, whileReading, p.env.added)
	if p.gone {
		return
	}
	p.pass(p.random.LogNormal(dwell/2, .5)) // to read and decide
}
