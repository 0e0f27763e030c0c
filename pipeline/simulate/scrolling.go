package simulate

import "time"

// Words of the truth file for scrolling.
const (
	CauseExcessiveScroll = "excessive_scroll" // looked up and down the page for what is not there; N turns
	InnocentRead         = "long_read"        // a long page, all the way down
)

// scrollInVain scrolls up and down for what the page does not have.
func scrollInVain(p *person) {
	first, reversals := p.now, p.random.IntBetween(8, 16)
	for i := range reversals + 1 {
		by := p.random.IntBetween(15, 50)
		if i%2 == 1 {
			by = -by
		}
		if d := p.depth + by; d < 0 || d > 100 {
			p.depth = 50
		}
		p.scrollTo(p.depth + by)
		p.pass(p.random.LogNormal(650*time.Millisecond, .3))
	}
	p.addCause(Act{Cause: CauseExcessiveScroll, Page: string(p.pageName), N: reversals}, first, p.now)
	p.annoyance += .3
}

// readToTheEnd reads a long page to its end.
func readToTheEnd(p *person) {
	first := p.now
	for p.depth < 95 {
		p.scrollTo(p.depth + p.random.IntBetween(4, 9))
		p.pass(p.random.LogNormal(1300*time.Millisecond, .5))
	}
	p.scrollTo(0)
	p.addInnocent(Act{Cause: InnocentRead}, first)
}
