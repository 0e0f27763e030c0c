package simulate

import (
	"math"
	"time"
)

// show enters a page, and with it the step that it is.
func (p *person) show(at pageID, item int) {
	if at != p.at {
		p.leaveForm()
	}
	p.open(at, item)
	p.depth, p.pointsAt = 0, nil
	p.pageName = p.page().appendName(p.pageName[:0], p.web, item)
	p.end(p.begin(p.viewType, p.now), p.now, clickstream)
	p.visits.enter(at, p.page(), p.now)
}

// load fills the page and says whether it could. During an incident at its step
// it may fail, and rarely as the first page of a stay.
func (p *person) load() bool {
	from, status := p.now, 200
	took := p.healthyLatency()
	if s := p.severity(); s > 0 && p.random.Chance(.25*s) || p.opened == 1 && p.strikes(.002) {
		status, took = 503, p.random.LogNormal(900*time.Millisecond, .5)
	}
	p.pass(took)
	p.request(p.page().loads, from, p.now, status)
	p.mutate(p.now)
	if status < 400 {
		if p.at != help { // help is opened because of the error, and does not undo it
			p.lastError = 0
		}
		return true
	}
	p.lastError = p.now
	return false
}

// glance opens a page for a moment only, too short for it to matter whether it
// has loaded.
func (p *person) glance(at pageID, item int, look time.Duration) {
	p.show(at, item)
	if took := p.healthyLatency(); took < look {
		p.request(p.page().loads, p.now, p.now+int64(took), 200)
		p.mutate(p.now + int64(took))
	}
	p.pass(look)
}

// choose draws which page of a kind, the popular ones far more often.
func (p *person) choose(at pageID) int {
	n := p.env.pages[at].items
	if n == 0 {
		return 0
	}
	return int(float64(n) * math.Pow(p.random.Float64(), 3))
}

// turnTo decides where to go next.
func (p *person) turnTo(next pageID) {
	p.next, p.item = next, p.choose(next)
}
