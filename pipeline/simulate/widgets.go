package simulate

import "time"

// Words of the truth file for widgets that are used as they are meant to be.
const (
	InnocentCarousel    = "carousel"      // through the pictures
	InnocentCalendar    = "calendar"      // through the months
	InnocentPlayer      = "player"        // controls of a film
	InnocentGame        = "game"          // on a canvas that takes every click
	InnocentToggle      = "toggle"        // a switch, on and off again
	InnocentZoom        = "zoom"          // double click into a picture
	InnocentModal       = "modal_outside" // beside a box, so that it goes away
	InnocentCopy        = "copy"          // a button that copies
	InnocentDownload    = "download"      // a file that is saved
	InnocentNewTab      = "new_tab"       // a link that opens elsewhere
	InnocentMailOrPhone = "mail_or_phone" // a link that opens another program
	InnocentFilePicker  = "file_picker"   // a dialogue of the system's own
)

// widget is something on a page that people use as it is meant to be used, and
// that looks odd to whoever sees only the clicks.
type widget struct {
	element
	word string                          // what using it is called in the truth file
	use  func(*person, *element) (n int) // uses it and says with how many presses
}

// buildWidgets puts widgets on the pages.
func buildWidgets() *[pageCount][]widget {
	next := widget{element{id: "gallery-next", tag: "button", text: "›", role: "button", classes: "carousel-control-next", x: .93, y: .4}, InnocentCarousel, repeatedly(3, 9, 430*time.Millisecond, true)}
	month := widget{element{id: "next-month", tag: "button", text: "Next month", role: "button", classes: "datepicker-next", x: .6, y: .4}, InnocentCalendar, repeatedly(3, 11, 380*time.Millisecond, true)}
	ahead := widget{element{id: "video-forward", tag: "button", text: "Skip forward 10 seconds", role: "button", classes: "vjs-skip-forward-10", x: .6, y: .6}, InnocentPlayer, repeatedly(2, 7, 320*time.Millisecond, false)}
	wheel := widget{element{id: "lucky-wheel", tag: "canvas", role: "img", x: .5, y: .5}, InnocentGame, repeatedly(8, 40, 190*time.Millisecond, false)}
	alerts := widget{element{id: "stock-alert", tag: "button", text: "Tell me when it is back", role: "switch", x: .7, y: .66}, InnocentToggle, repeatedly(2, 5, 520*time.Millisecond, true)}
	picture := widget{element{id: "product-picture", tag: "img", role: "img", x: .3, y: .4}, InnocentZoom, repeatedly(2, 2, 150*time.Millisecond, true)}
	beside := widget{element{tag: "div", classes: "modal-backdrop", x: .05, y: .5}, InnocentModal, closeModal}
	code := widget{element{id: "copy-code", tag: "button", text: "Copy", role: "button", classes: "btn-copy", x: .7, y: .3}, InnocentCopy, once(pasteElsewhere)}
	bill := widget{element{id: "invoice", tag: "a", text: "Download invoice", role: "link", href: "/files/invoice.pdf", x: .4, y: .7}, InnocentDownload, once(waitForFile)}
	manual := widget{element{id: "manual", tag: "button", text: "Download", role: "button", classes: "download", x: .4, y: .7}, InnocentDownload, once(waitForFile)}
	terms := widget{element{id: "terms", tag: "a", text: "Terms", role: "link", href: "/terms", x: .4, y: .95}, InnocentNewTab, once(goAway)}
	phone := widget{element{id: "call-us", tag: "a", text: "Call us", role: "link", href: "tel:", x: .4, y: .5}, InnocentMailOrPhone, once(goAway)}
	mail := widget{element{id: "mail-us", tag: "a", text: "Write to us", role: "link", href: "mailto:", x: .6, y: .5}, InnocentMailOrPhone, once(goAway)}
	photo := widget{element{id: "photo", tag: "input", input: "file", role: "button", x: .5, y: .7}, InnocentFilePicker, once(pickFile)}

	on := [pageCount][]widget{
		home:         {next, wheel, beside, code},
		category:     {next, beside},
		product:      {next, ahead, alerts, picture, manual},
		help:         {ahead, manual, terms, phone, mail, photo},
		cart:         {code, beside},
		address:      {month, terms},
		payment:      {alerts, terms},
		confirmation: {bill, code, mail},
		details:      {month, alerts, terms},
		verify:       {photo},
	}
	for at := range on {
		for i := range on[at] {
			on[at][i].encode()
		}
	}
	return &on
}

// useWidget uses a widget of the page, if it has one.
func useWidget(p *person) {
	widgets := p.env.widgets[p.at]
	if len(widgets) == 0 {
		return
	}
	w := &widgets[p.random.IntN(len(widgets))]
	if w.word == InnocentGame && !p.web {
		return // the app has none
	}
	first := p.now
	n := w.use(p, &w.element)
	p.addInnocent(Act{Cause: w.word, Target: w.id, N: n}, first)
	p.pass(p.random.LogNormal(1500*time.Millisecond, .4))
}

// canvasOf is the element of the page that takes the mouse's moves, nil for none.
func canvasOf(p *person) *element {
	for i := range p.env.widgets[p.at] {
		if w := &p.env.widgets[p.at][i]; w.word == InnocentGame {
			return &w.element
		}
	}
	return nil
}

// repeatedly uses a widget by pressing it several times; see [actor.pressTimes].
func repeatedly(lo, hi int, interval time.Duration, changes bool) func(*person, *element) int {
	return func(p *person, e *element) int { return p.pressTimes(e, lo, hi, interval, changes) }
}

// closeModal presses beside a box that has come up.
func closeModal(p *person, e *element) int {
	p.mutate(p.now) // it has come up
	p.pass(p.random.LogNormal(1800*time.Millisecond, .4))
	p.press(e)
	p.mutate(p.now)
	return 1
}

// once presses a widget whose effect is somewhere else than in the page, and then
// does something there for a while.
func once(elsewhere func(*person, *element, time.Duration)) func(*person, *element) int {
	return func(p *person, e *element) int {
		p.press(e)
		elsewhere(p, e, p.random.LogNormal(15*time.Second, .5))
		return 1
	}
}

func pasteElsewhere(p *person, _ *element, _ time.Duration) {
	p.pass(p.random.LogNormal(3500*time.Millisecond, .3))
}

func waitForFile(p *person, _ *element, _ time.Duration) {
	p.pass(p.random.LogNormal(4*time.Second, .3))
}

func pickFile(p *person, e *element, takes time.Duration) {
	p.pass(takes)
	p.onElement("input", e)
}

// goAway is another tab or program coming to the front.
func goAway(p *person, _ *element, takes time.Duration) {
	p.pass(p.random.LogNormal(350*time.Millisecond, .3))
	p.hide()
	p.pass(takes)
	p.comeBack()
}
