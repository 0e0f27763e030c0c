package simulate

import "time"

// Words of the truth file for searching.
const (
	CauseRepeatedSearch = "repeated_search" // searched in other words for what did not turn up; N searches
	InnocentSuggestion  = "suggestion"      // what was typed is completed, nothing is sent
	InnocentOtherSearch = "other_search"    // another search for another thing
)

// searchInVain searches in other words for what does not turn up.
func searchInVain(p *person) {
	form, first, last := p.page().form, p.now, p.now
	n := p.random.IntBetween(3, 6)
	for range n {
		searchOnce(p)
		last = p.now
		p.pass(p.random.LogNormal(5*time.Second, .4))
	}
	p.addCause(Act{Cause: CauseRepeatedSearch, Op: form, N: n}, first, last)
	p.annoyance += .3
}

// searchOnce searches and gets results.
func searchOnce(p *person) {
	pg := p.page()
	p.fill(&pg.fields[0])
	p.pass(p.random.LogNormal(400*time.Millisecond, .4))
	p.press(&pg.button)
	p.submit(pg.form)
	from := p.now
	p.pass(p.healthyLatency())
	p.request(pg.op, from, p.now, 200)
	p.mutate(p.now)
}

// takeSuggestion picks what the field suggests: nothing is sent.
func takeSuggestion(p *person) {
	first, item := p.now, p.item
	p.fill(&p.page().fields[0])
	p.form = formState{}
	p.glance(product, p.choose(product), p.random.LogNormal(15*time.Second, .3))
	p.glance(search, item, p.random.LogNormal(3*time.Second, .4))
	p.addInnocent(Act{Cause: InnocentSuggestion}, first)
}

// searchForSeveral searches for one thing after the other, and finds them.
func searchForSeveral(p *person) {
	first, item := p.now, p.item
	for range p.random.IntBetween(3, 4) {
		searchOnce(p)
		p.pass(p.random.LogNormal(3*time.Second, .3))
		p.glance(product, p.choose(product), p.random.LogNormal(15*time.Second, .3))
		p.glance(search, item, p.random.LogNormal(3*time.Second, .3))
	}
	p.addInnocent(Act{Cause: InnocentOtherSearch}, first)
}
