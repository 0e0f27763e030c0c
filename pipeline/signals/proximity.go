package signals

import (
	"math"

	"friction/pipeline/event"
)

// proximity says when two clicks are at one place.
type proximity struct {
	shape    Shape
	distance float64
	edge     Edge
}

func (n proximity) allows(d float64) bool {
	if n.edge == Exclusive {
		return d < n.distance
	}
	return d <= n.distance
}

// near reports whether a click is near the one before it.
func (n proximity) near(c, before click) bool {
	dx, dy := math.Abs(float64(c.x)-float64(before.x)), math.Abs(float64(c.y)-float64(before.y))
	switch n.shape {
	case Manhattan:
		return n.allows(dx + dy)
	case Box:
		return n.allows(dx) && n.allows(dy)
	}
	if n.edge == Exclusive {
		return float64(dx*dx)+float64(dy*dy) < n.distance*n.distance
	}
	return float64(dx*dx)+float64(dy*dy) <= n.distance*n.distance
}

// hold reports whether clicks are near each other as a whole; only a box asks
// for more than that each is near the one before.
func (n proximity) hold(list []click) bool {
	if n.shape != Box {
		return true
	}
	b := boxOf(list[0])
	for _, c := range list[1:] {
		if !n.fits(b, c) {
			return false
		}
		b = b.with(c)
	}
	return true
}

// fits reports whether a click may come into the box of a signal.
func (n proximity) fits(b box, c click) bool {
	if n.shape != Box || !c.located {
		return true
	}
	b = b.with(c)
	return n.allows(float64(b.right)-float64(b.left)) && n.allows(float64(b.bottom)-float64(b.top))
}

// box holds the clicks of a signal, CSS px.
type box struct{ left, top, right, bottom float32 }

func boxOf(c click) box { return box{c.x, c.y, c.x, c.y} }

func (b box) with(c click) box {
	return box{min(b.left, c.x), min(b.top, c.y), max(b.right, c.x), max(b.bottom, c.y)}
}

func (b *box) save(s *event.State) {
	for _, v := range []*float32{&b.left, &b.top, &b.right, &b.bottom} {
		s.Float(v)
	}
}
