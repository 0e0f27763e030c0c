package simulate

import "time"

// Words of the truth file for working from the keyboard.
const (
	InnocentKeyboard = "keyboard" // controls worked from the keyboard, clicks at 0,0
	InnocentKeyHeld  = "key_held" // a key that repeats itself, clicks at 0,0
)

// useKeyboard is what people do who work from the keyboard.
func useKeyboard(p *person) {
	switch stepper := p.page().stepper; {
	case p.random.Chance(.7):
		tabThrough(p)
	case stepper != nil:
		holdKey(p, stepper)
	default:
		holdKey(p, &p.env.pager)
	}
}

// tabThrough works several controls, all at 0,0.
func tabThrough(p *person) {
	n, first := p.random.IntBetween(3, 6), p.now
	for i := range n {
		if i > 0 {
			p.pass(p.random.LogNormal(330*time.Millisecond, .3))
		}
		p.press(&p.env.options[i])
		p.mutate(p.now)
	}
	p.addInnocent(Act{Cause: InnocentKeyboard, N: n}, first)
	p.pass(p.random.LogNormal(time.Second, .4))
}

// holdKey holds the return key on a button, which then presses itself.
func holdKey(p *person, e *element) {
	n, first := p.random.IntBetween(5, 16), p.now
	for i := range n {
		switch i {
		case 0:
		case 1:
			p.pass(500 * time.Millisecond) // until it begins to repeat
		default:
			p.pass(33 * time.Millisecond)
		}
		p.press(e)
		p.mutate(p.now)
	}
	p.addInnocent(Act{Cause: InnocentKeyHeld, Target: e.id, N: n}, first)
	p.pass(p.random.LogNormal(time.Second, .4))
}
