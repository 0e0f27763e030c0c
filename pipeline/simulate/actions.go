package simulate

import (
	"strconv"
	"time"
)

// press clicks or taps an element. People hit it near its centre, and from the
// keyboard at 0,0.
func (a *actor) press(e *element) {
	a.pointAt(e)
	b := a.appendTarget(a.begin(a.pressType, a.now), e)
	if a.keyboard {
		b = append(b, `,"x":0,"y":0,"keyboard":true`...)
	} else {
		b = append(b, `,"x":`...)
		b = strconv.AppendInt(b, int64(e.x*a.width+4*a.random.Normal()), 10)
		b = append(b, `,"y":`...)
		b = strconv.AppendInt(b, int64(e.y*800+3*a.random.Normal()), 10)
	}
	a.end(b, a.now, clickstream)
}

// pressTimes presses an element from lo to hi times, interval apart at the
// median, and says how often. With changes, the page is seen to change each time.
func (a *actor) pressTimes(e *element, lo, hi int, interval time.Duration, changes bool) int {
	n := a.random.IntBetween(lo, hi)
	for i := range n {
		if i > 0 {
			a.pass(a.random.LogNormal(interval, .25))
		}
		a.press(e)
		if changes {
			a.mutate(a.now)
		}
	}
	return n
}

// onElement writes an event of a type that has nothing but its element.
func (a *actor) onElement(kind string, e *element) {
	a.end(a.appendTarget(a.begin(kind, a.now), e), a.now, clickstream)
}

// mutate is the page changing after a time, as soon as the device can draw it.
func (a *actor) mutate(after int64) {
	at := after + int64(a.random.LogNormal(a.render, .4))
	nodes := a.random.IntBetween(1, 40)
	b := append(a.begin("mutation", at), `,"attrs":{"nodes":`...)
	a.end(append(strconv.AppendInt(b, int64(nodes), 10), '}'), at, clickstream)
}

// scroll goes on down the page, and now and then back up.
func (a *actor) scroll() {
	by := a.random.IntBetween(8, 40)
	if a.depth+by > 100 || a.depth > 0 && a.random.Chance(.12) {
		by = -a.random.IntBetween(a.depth/2, a.depth)
	}
	a.scrollTo(a.depth + by)
}

// pageHeight is how long a page is, CSS px.
const pageHeight = 4000

// scrollTo scrolls to a depth in percent, as far as the page goes.
func (a *actor) scrollTo(depth int) {
	a.depth = min(max(depth, 0), 100)
	b := append(a.begin("scroll", a.now), `,"x":0,"y":`...)
	b = strconv.AppendInt(b, int64(a.depth*pageHeight/100), 10)
	b = append(b, `,"attrs":{"depth":`...)
	b = strconv.AppendInt(b, int64(a.depth), 10)
	a.end(append(b, '}'), a.now, clickstream)
}

// hide puts another tab or app in front of the shop.
func (a *actor) hide() { a.setVisible(false) }

// comeBack brings the shop to the front again.
func (a *actor) comeBack() { a.setVisible(true) }

func (a *actor) setVisible(visible bool) {
	if a.web {
		b := append(a.begin("visibility", a.now), `,"attrs":{"visible":`...)
		a.end(append(strconv.AppendBool(b, visible), '}'), a.now, clickstream)
		return
	}
	name := "background"
	if visible {
		name = "foreground"
	}
	a.lifecycle(name)
}

// lifecycle is the app starting, going to the background or coming back.
func (a *actor) lifecycle(name string) {
	b := append(append(a.begin("lifecycle", a.now), `,"name":"`...), name...)
	a.end(append(b, '"'), a.now, telemetry)
}

// writeSubmit writes that a form was sent, or that the page has refused it.
func (a *actor) writeSubmit(form string, accepted bool) {
	b := append(append(a.begin("submit", a.now), `,"op":"`...), form...)
	if accepted {
		b = append(b, `","ok":true`...)
	} else {
		b = append(b, `","ok":false,"error":{"kind":"validation","message":"please check what you have entered"}`...)
	}
	a.end(b, a.now, clickstream)
}

// writeRequest writes an operation when its outcome is known, which is when
// trackers can report it; its duration reaches back. Status 0 is no answer.
func (a *actor) writeRequest(op string, from, until int64, status int) {
	b := append(append(a.begin("request", until), `,"op":"`...), op...)
	b = append(b, '"')
	if status > 0 {
		b = append(b, `,"status":`...)
		b = strconv.AppendInt(b, int64(status), 10)
		b = append(b, `,"ok":`...)
		b = strconv.AppendBool(b, status < 400)
	}
	b = append(b, `,"duration_ms":`...)
	b = strconv.AppendInt(b, (until-from)/int64(time.Millisecond), 10)
	if status == 0 {
		b = append(b, `,"error":{"kind":"no_answer","message":"given up before an answer came"}`...)
	} else if status >= 400 {
		b = append(b, `,"error":{"kind":"http","message":"status `...)
		b = append(strconv.AppendInt(b, int64(status), 10), `"}`...)
	}
	a.end(b, until, telemetry)
}

// writeError writes that a script has thrown.
func (a *actor) writeError(kind, message string, at int64) {
	b := append(a.begin("error", at), `,"error":{"kind":`...)
	b = append(strconv.AppendQuote(b, kind), `,"message":`...)
	b = append(strconv.AppendQuote(b, message), '}')
	a.end(b, at, telemetry)
}
