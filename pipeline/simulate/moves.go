package simulate

import (
	"strconv"
	"time"
)

// move notes where the mouse is.
func (p *person) move(x, y float64, over *element) {
	b := p.begin("mouse_move", p.now)
	if over != nil {
		b = p.target(b, over)
	}
	b = append(b, `,"x":`...)
	b = strconv.AppendInt(b, int64(x), 10)
	b = append(b, `,"y":`...)
	p.end(strconv.AppendInt(b, int64(y), 10), p.now, clickstream)
}

// moveTo brings the mouse to an element, in a bow.
func (p *person) moveTo(e *element) {
	if !p.moves || p.pointed == e {
		return
	}
	p.pointed = e
	x, y := e.x*p.width, e.y*800
	for left := p.dice.IntBetween(3, 6); left > 0; left-- {
		at := p.now
		p.now -= int64(left) * int64(45*time.Millisecond)
		if p.now > p.latest {
			p.move(x+float64(left*left*7), y-float64(left*20), nil)
		}
		p.now = at
	}
}

// shake moves the mouse to and fro over something, as one does who waits.
func (p *person) shake() {
	first, turns := p.now, p.dice.IntBetween(28, 60)
	x, reach := p.width/2, float64(p.dice.IntBetween(60, 220))
	leg := p.dice.LogNormal(72*time.Millisecond, .1)
	for range turns {
		reach = -reach
		p.move(x+reach/3, 400+8*p.dice.Normal(), nil)
		p.pass(leg / 2)
		p.move(x+reach, 400+12*p.dice.Normal(), nil)
		p.pass(p.dice.LogNormal(leg/2, .15))
	}
	p.blame(Act{Cause: CauseThrashedCursor, Page: string(p.page), N: turns}, first, p.now)
}

// follow moves the mouse along the lines that are read.
func (p *person) follow() {
	first := p.now
	for line := range p.dice.IntBetween(5, 12) {
		for i := range 6 {
			p.move(200+float64(i*90), 200+float64(line*24), nil)
			p.pass(p.dice.LogNormal(230*time.Millisecond, .3))
		}
	}
	p.harmless(Act{Cause: InnocentPointing}, first)
}
