package simulate

import "time"

// Words of the truth file for moving the mouse.
const (
	CauseThrashedCursor = "thrashed_cursor" // shook the mouse in impatience; N turns
	InnocentDrawing     = "drawing"         // with the mouse, on a canvas
	InnocentPointing    = "pointing"        // the mouse follows the lines that are read
)

// shakeMouse moves the mouse to and fro, as people do who wait.
func shakeMouse(p *person) {
	first, reversals := p.now, p.random.IntBetween(28, 60)
	x, reach := p.width/2, float64(p.random.IntBetween(60, 220))
	leg := p.random.LogNormal(72*time.Millisecond, .1)
	for range reversals {
		reach = -reach
		p.moveMouse(x+reach/3, 400+8*p.random.Normal(), nil)
		p.pass(leg / 2)
		p.moveMouse(x+reach, 400+12*p.random.Normal(), nil)
		p.pass(p.random.LogNormal(leg/2, .15))
	}
	p.addCause(Act{Cause: CauseThrashedCursor, Page: string(p.pageName), N: reversals}, first, p.now)
}

// moveAlong draws on the page's canvas, or follows what is read where there is
// none.
func moveAlong(p *person) {
	if on := canvasOf(p); on != nil {
		draw(p, on)
	} else {
		followLines(p)
	}
}

// followLines moves the mouse along the lines that are read.
func followLines(p *person) {
	first := p.now
	for line := range p.random.IntBetween(5, 12) {
		for i := range 6 {
			p.moveMouse(200+float64(i*90), 200+float64(line*24), nil)
			p.pass(p.random.LogNormal(230*time.Millisecond, .3))
		}
	}
	p.addInnocent(Act{Cause: InnocentPointing}, first)
}

// draw moves the mouse to and fro on a canvas.
func draw(p *person, on *element) {
	first, reach := p.now, 120.
	for range p.random.IntBetween(20, 60) {
		reach = -reach
		p.moveMouse(p.width/2+reach, 400+30*p.random.Normal(), on)
		p.pass(p.random.LogNormal(85*time.Millisecond, .15))
	}
	p.addInnocent(Act{Cause: InnocentDrawing, Target: on.id}, first)
}
