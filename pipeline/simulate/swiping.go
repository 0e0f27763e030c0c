package simulate

import (
	"strconv"
	"time"
)

// Words of the truth file for swiping.
const (
	CauseDeadSwipe = "dead_swipe" // swiped pictures that did not move
	InnocentSwipe  = "swipe"      // through the pictures
)

// swipeInVain swipes pictures that do not move.
var swipeInVain = behaviour{
	name: "swipe in vain", word: CauseDeadSwipe, shows: "swipe", where: onTouchScreen, share: .0012, fault: true,
	act: func(p *person) {
		p.pass(p.random.LogNormal(700*time.Millisecond, .3))
		first := p.now
		target := swipe(p)
		p.addCause(Act{Cause: CauseDeadSwipe, Target: target, Page: string(p.pageName)}, first, p.now)
		p.pass(4*time.Second + p.random.LogNormal(time.Second, .4)) // looks at what does not move
	},
}

// swipeThrough swipes pictures as they are meant to be swiped.
var swipeThrough = behaviour{
	name: "swipe through", word: InnocentSwipe, shows: "swipe", where: onTouchScreen, share: .02,
	act: func(p *person) {
		first := p.now
		for range p.random.IntBetween(1, 4) {
			swipe(p)
			p.mutate(p.now)
			p.pass(p.random.LogNormal(1800*time.Millisecond, .4))
		}
		p.addInnocent(Act{Cause: InnocentSwipe}, first)
	},
}

func onTouchScreen(p *person) bool { return p.phone && len(p.page().text.id) > 0 }

// swipe moves a finger over the pictures of the page, and says what they are called.
func swipe(p *person) string {
	gallery := element{id: "pictures", tag: "div", role: "group", x: .5, y: .4}
	gallery.encode()
	took := p.random.LogNormal(240*time.Millisecond, .3)
	p.pass(took)
	b := append(p.appendTarget(p.begin("swipe", p.now), &gallery), `,"duration_ms":`...)
	p.end(strconv.AppendInt(b, took.Milliseconds(), 10), p.now, clickstream)
	return gallery.id
}
