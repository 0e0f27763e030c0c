package simulate

import "time"

// Words of the truth file for going to pages one does not want.
const (
	CauseQuickBack = "quick_back" // went to a page, found it wrong or useless, turned round at once
	CausePageLoop  = "page_loop"  // went round in circles between pages; N entries of the page
)

// followWrongLink follows a misleading link to a wrong page and turns round at
// once.
func followWrongLink(p *person) { followWrongLinks(p, 1) }

// goInCircles follows misleading links several times.
func goInCircles(p *person) { followWrongLinks(p, p.random.IntBetween(3, 4)) }

// followWrongLinks goes to a wrong page and back: one time is an annoyance,
// several are being lost.
func followWrongLinks(p *person, times int) {
	from, item := p.at, p.item
	wrong := category
	if from == category {
		wrong = home
	}
	first := p.now
	for range times {
		p.show(wrong, 0)
		p.mutate(p.now)
		p.pass(p.random.LogNormal(1700*time.Millisecond, .4))
		p.show(from, item)
		p.mutate(p.now)
		if times > 1 {
			p.pass(p.random.LogNormal(1200*time.Millisecond, .3))
		}
	}
	p.addCause(Act{Cause: CauseQuickBack, Page: string(p.pageName), N: times}, first, p.now)
	if times > 1 {
		p.addCause(Act{Cause: CausePageLoop, Page: string(p.pageName), N: times}, first, p.now)
	}
	p.annoyance += .3 * float64(times)
}
