package simulate

import "time"

// toy is something on a page that people use as it is meant to be used, and
// that looks odd to whoever sees only the clicks.
type toy struct {
	element
	word string // what using it is called in the truth
}

// furnishToys puts toys on the pages.
func (s *Shop) furnishToys() {
	next := element{id: "gallery-next", tag: "button", text: "›", role: "button", classes: "carousel-control-next", x: .93, y: .4}
	month := element{id: "next-month", tag: "button", text: "Next month", role: "button", classes: "datepicker-next", x: .6, y: .4}
	ahead := element{id: "video-forward", tag: "button", text: "Skip forward 10 seconds", role: "button", classes: "vjs-skip-forward-10", x: .6, y: .6}
	wheel := element{id: "lucky-wheel", tag: "canvas", role: "img", x: .5, y: .5}
	alerts := element{id: "stock-alert", tag: "button", text: "Tell me when it is back", role: "switch", x: .7, y: .66}
	picture := element{id: "product-picture", tag: "img", role: "img", x: .3, y: .4}
	beside := element{tag: "div", classes: "modal-backdrop", x: .05, y: .5}
	code := element{id: "copy-code", tag: "button", text: "Copy", role: "button", classes: "btn-copy", x: .7, y: .3}
	bill := element{id: "invoice", tag: "a", text: "Download invoice", role: "link", href: "/files/invoice.pdf", x: .4, y: .7}
	manual := element{id: "manual", tag: "button", text: "Download", role: "button", classes: "download", x: .4, y: .7}
	terms := element{id: "terms", tag: "a", text: "Terms", role: "link", href: "/terms", x: .4, y: .95}
	phone := element{id: "call-us", tag: "a", text: "Call us", role: "link", href: "tel:", x: .4, y: .5}
	mail := element{id: "mail-us", tag: "a", text: "Write to us", role: "link", href: "mailto:", x: .6, y: .5}
	photo := element{id: "photo", tag: "input", input: "file", role: "button", x: .5, y: .7}

	s.toys[home] = []toy{{next, InnocentCarousel}, {wheel, InnocentGame}, {beside, InnocentModal}, {code, InnocentCopy}}
	s.toys[category] = []toy{{next, InnocentCarousel}, {beside, InnocentModal}}
	s.toys[product] = []toy{{next, InnocentCarousel}, {ahead, InnocentPlayer}, {alerts, InnocentToggle}, {picture, InnocentZoom}, {manual, InnocentDownload}}
	s.toys[help] = []toy{{ahead, InnocentPlayer}, {manual, InnocentDownload}, {terms, InnocentNewTab}, {phone, InnocentMailOrPhone}, {mail, InnocentMailOrPhone}, {photo, InnocentFilePicker}}
	s.toys[cart] = []toy{{code, InnocentCopy}, {beside, InnocentModal}}
	s.toys[address] = []toy{{month, InnocentCalendar}, {terms, InnocentNewTab}}
	s.toys[payment] = []toy{{alerts, InnocentToggle}, {terms, InnocentNewTab}}
	s.toys[confirmation] = []toy{{bill, InnocentDownload}, {code, InnocentCopy}, {mail, InnocentMailOrPhone}}
	s.toys[details] = []toy{{month, InnocentCalendar}, {alerts, InnocentToggle}, {terms, InnocentNewTab}}
	s.toys[verify] = []toy{{photo, InnocentFilePicker}}
	for at := range s.toys {
		for i := range s.toys[at] {
			s.toys[at][i].encode()
		}
	}
}

// play uses a toy of the page, if it has one.
func (p *person) play() {
	toys := p.shop.toys[p.at]
	if len(toys) == 0 {
		return
	}
	t := &toys[p.dice.IntN(len(toys))]
	if t.word == InnocentGame && !p.web {
		return // the app has none
	}
	a, first := Act{Cause: t.word, Target: t.id}, p.now
	switch t.word {
	case InnocentCarousel:
		a.N = p.pressOn(&t.element, 3, 9, 430*time.Millisecond, true)
	case InnocentCalendar:
		a.N = p.pressOn(&t.element, 3, 11, 380*time.Millisecond, true)
	case InnocentPlayer:
		a.N = p.pressOn(&t.element, 2, 7, 320*time.Millisecond, false)
	case InnocentGame:
		a.N = p.pressOn(&t.element, 8, 40, 190*time.Millisecond, false)
	case InnocentToggle:
		a.N = p.pressOn(&t.element, 2, 5, 520*time.Millisecond, true)
	case InnocentZoom:
		a.N = p.pressOn(&t.element, 2, 2, 150*time.Millisecond, true)
	default:
		a.N = 1
		p.useOnce(t)
	}
	p.harmless(a, first)
	p.pass(p.dice.LogNormal(1500*time.Millisecond, .4))
}

// canvas is the toy of the page that takes the mouse's moves, nil for none.
func (p *person) canvas() *element {
	for i := range p.shop.toys[p.at] {
		if t := &p.shop.toys[p.at][i]; t.word == InnocentGame {
			return &t.element
		}
	}
	return nil
}

// pressOn clicks a toy from lo to hi times at a tempo, and says how often; shows
// says whether the page is seen to change with each.
func (p *person) pressOn(e *element, lo, hi int, tempo time.Duration, shows bool) int {
	n := p.dice.IntBetween(lo, hi)
	for i := range n {
		if i > 0 {
			p.pass(p.dice.LogNormal(tempo, .25))
		}
		p.touch(e)
		if shows {
			p.change(p.now)
		}
	}
	return n
}

// scribble draws with the mouse, to and fro.
func (p *person) scribble(on *element) {
	first, reach := p.now, 120.
	for range p.dice.IntBetween(20, 60) {
		reach = -reach
		p.move(p.width/2+reach, 400+30*p.dice.Normal(), on)
		p.pass(p.dice.LogNormal(85*time.Millisecond, .15))
	}
	p.harmless(Act{Cause: InnocentDrawing, Target: on.id}, first)
}

// useOnce clicks what has its effect somewhere else than in the page.
func (p *person) useOnce(t *toy) {
	if t.word == InnocentModal {
		p.change(p.now) // the box has come up
		p.pass(p.dice.LogNormal(1800*time.Millisecond, .4))
		p.touch(&t.element)
		p.change(p.now)
		return
	}
	p.touch(&t.element)
	away := p.dice.LogNormal(15*time.Second, .5)
	switch t.word {
	case InnocentCopy:
		p.pass(p.dice.LogNormal(3500*time.Millisecond, .3))
	case InnocentDownload:
		p.pass(p.dice.LogNormal(4*time.Second, .3))
	case InnocentFilePicker:
		p.pass(away)
		p.on("input", &t.element)
	default: // another tab or program comes to the front
		p.pass(p.dice.LogNormal(350*time.Millisecond, .3))
		p.turnAway(false)
		p.pass(away)
		p.turnAway(true)
	}
}

// holdKey holds the return key on a button, which then presses itself.
func (p *person) holdKey(e *element) {
	n, first := p.dice.IntBetween(5, 16), p.now
	for i := range n {
		switch i {
		case 0:
		case 1:
			p.pass(500 * time.Millisecond) // until it begins to repeat
		default:
			p.pass(33 * time.Millisecond)
		}
		p.touch(e)
		p.change(p.now)
	}
	p.harmless(Act{Cause: InnocentKeyHeld, Target: e.id, N: n}, first)
	p.pass(p.dice.LogNormal(time.Second, .4))
}

// wakeUp brings the window back to the front with a click, which does no more
// than that.
func (p *person) wakeUp() {
	first := p.now
	p.touch(&p.spot().button)
	p.harmless(Act{Cause: InnocentWakeUp, Target: p.spot().button.id, N: 1}, first)
	p.pass(p.dice.LogNormal(1100*time.Millisecond, .3))
}

// readOn reads a long page to its end.
func (p *person) readOn() {
	first := p.now
	for p.depth < 95 {
		p.scrollTo(p.depth + p.dice.IntBetween(4, 9))
		p.pass(p.dice.LogNormal(1300*time.Millisecond, .5))
	}
	p.scrollTo(0)
	p.harmless(Act{Cause: InnocentRead}, first)
}

// watch loads the page now and then to see how things stand.
func (p *person) watch() {
	first, n := p.now, p.dice.IntBetween(2, 4)
	for range n {
		p.pass(p.dice.LogNormal(45*time.Second, .35))
		p.glance(p.at, p.item, p.dice.LogNormal(4*time.Second, .3))
	}
	p.harmless(Act{Cause: InnocentWatch, Page: string(p.page), N: n}, first)
}
