package signals

import (
	"slices"
	"strings"

	"friction/pipeline/event"
)

// origin is what the place of a run of clicks is measured by, where `same` is place.
type origin struct {
	x, y    float32 // of the first click
	located bool
	id      string // of the last click that had one, as [click.place]
}

// oneControl is how far, in CSS px, clicks on targets of other ids may be from the first click of a run: as far as the
// pointer moves by itself. The icon, the label and the button of one control are then one place; keys of a keypad are not.
const oneControl = 5

func originOf(c click) origin {
	o := origin{x: c.x, y: c.y, located: c.located}
	o.take(c)
	return o
}

// take notes one more click of the run.
func (o *origin) take(c click) {
	if c.hasID() {
		o.id = c.place
	}
}

// close reports whether a click is where the first one of the run was.
func (o *origin) close(c click) bool {
	dx, dy := float64(c.x)-float64(o.x), float64(c.y)-float64(o.y)
	return o.located && c.located && float64(dx*dx)+float64(dy*dy) <= oneControl*oneControl
}

// hasID reports a click on a target with an id.
func (c *click) hasID() bool { return strings.HasPrefix(c.place, "#") }

// at reports whether a click is at the place of a run: on the same id; on another one at most 5 px from the first
// click; and where one of the two has no id, near the click before. Taps are compared by the names of their targets,
// and must be near as well, because rows of a list have one id.
func (r *rage) at(o *origin, before, c click) bool {
	located := c.located && before.located
	switch {
	case r.taps && c.place != before.place, !r.taps && c.hasID() && o.id != "" && c.place != o.id:
		return o.close(c)
	case r.taps && !located:
		return c.place != ""
	case !r.taps && (c.hasID() && c.place == o.id || c.place == before.place && c.place != "" && c.place != "?"):
		return true
	}
	return located && r.near.near(c, before)
}

// continues reports whether a click is at the place of the burst that is going on.
func (r *rage) continues(c click) bool {
	if r.place {
		return r.at(&r.origin, r.last, c)
	}
	return r.follows(c, r.last)
}

// neighbours reports whether a click is at the place of the recent clicks, of which each was at the place of the one
// before.
func (r *rage) neighbours(c click) bool {
	last := r.recent[len(r.recent)-1]
	if !r.place {
		return r.follows(c, last)
	}
	o := originOf(r.recent[0])
	for _, x := range r.recent[1:] {
		o.take(x)
	}
	return r.at(&o, last, c)
}

// placeChain is the places in recent of the clicks that the newest one makes a run of, the newest first: the latest
// run of enough clicks that ends with it.
func (r *rage) placeChain() []int {
	chain := make([]int, 0, 8)
	for i := len(r.recent) - r.clicks; i >= 0; i-- {
		if chain = r.runFrom(i, chain[:0]); len(chain) >= r.clicks {
			slices.Reverse(chain)
			return chain
		}
	}
	return nil
}

// runFrom is the run that begins with a recent click, if it ends with the newest. Single clicks elsewhere do not end
// it, but where two clicks are known by their position alone, "the one before" is elsewhere.
func (r *rage) runFrom(i int, run []int) []int {
	at := r.recent[i]
	o := originOf(at)
	run = append(run, i)
	for j := i + 1; j < len(r.recent); j++ {
		switch c := r.recent[j]; {
		case r.at(&o, at, c):
			run, at = append(run, j), c
			o.take(c)
		case at.place == "" && c.place == "":
			return run[:0]
		}
	}
	if run[len(run)-1] != len(r.recent)-1 {
		return run[:0]
	}
	return run
}

func (o *origin) save(s *event.State) {
	s.Float(&o.x)
	s.Float(&o.y)
	s.Bool(&o.located)
	event.Str(s, &o.id)
}
