package simulate

import (
	"strconv"
	"time"
)

// moveMouse writes where the mouse is; over may be nil.
func (a *actor) moveMouse(x, y float64, over *element) {
	b := a.begin("mouse_move", a.now)
	if over != nil {
		b = a.appendTarget(b, over)
	}
	b = append(b, `,"x":`...)
	b = strconv.AppendInt(b, int64(x), 10)
	b = append(b, `,"y":`...)
	a.end(strconv.AppendInt(b, int64(y), 10), a.now, clickstream)
}

// pointAt brings the mouse to an element in a curve. Its events lie before now.
func (a *actor) pointAt(e *element) {
	if !a.tracksMouse || a.pointsAt == e {
		return
	}
	a.pointsAt = e
	x, y := e.x*a.width, e.y*800
	for left := a.random.IntBetween(3, 6); left > 0; left-- {
		at := a.now
		a.now -= int64(left) * int64(45*time.Millisecond)
		if a.now > a.latest {
			a.moveMouse(x+float64(left*left*7), y-float64(left*20), nil)
		}
		a.now = at
	}
}
