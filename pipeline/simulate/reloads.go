package simulate

import "time"

// Words of the truth file for loading a page again.
const (
	CauseReloadLoop = "reload_loop" // loaded the page again, hoping that it comes right; N loads
	InnocentReload  = "reload"      // to see whether there is news
	InnocentWatch   = "watch"       // loads a page now and then to see how things stand
)

// reload loads the page again, several times in a row when at a loss.
func reload(p *person, times int) {
	first, last := p.now, p.now
	for range times {
		last = p.now
		p.glance(p.at, p.item, p.random.LogNormal(1600*time.Millisecond, .4))
	}
	p.addCause(Act{Cause: CauseReloadLoop, Page: string(p.pageName), N: times}, first, last)
}

// lookForNews reloads the page once.
func lookForNews(p *person) {
	first := p.now
	p.glance(p.at, p.item, p.random.LogNormal(3*time.Second, .4))
	p.addInnocent(Act{Cause: InnocentReload, Page: string(p.pageName), N: 1}, first)
}

// watch loads the page now and then to see how things stand.
func watch(p *person) {
	first, n := p.now, p.random.IntBetween(2, 4)
	for range n {
		p.pass(p.random.LogNormal(45*time.Second, .35))
		p.glance(p.at, p.item, p.random.LogNormal(4*time.Second, .3))
	}
	p.addInnocent(Act{Cause: InnocentWatch, Page: string(p.pageName), N: n}, first)
}
