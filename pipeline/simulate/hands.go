package simulate

import (
	"strconv"
	"time"

	"friction/pipeline/traffic"
)

// What people do with a page, and what their tracker notes of it. Each call
// writes events at the person's own time; only those that say so let it pass.

func (p *person) pass(d time.Duration) { p.now += int64(d) }

func (p *person) spot() *spot { return &p.shop.spots[p.at] }

// stamp is the time the device writes for a true time, Unix ms.
func (p *person) stamp(at int64) int64 { return (at + p.skew) / int64(time.Millisecond) }

func (p *person) stamped(at int64) time.Time { return time.UnixMilli(p.stamp(at)).UTC() }

// begin starts an event. Browsers write Unix ms, apps RFC 3339.
func (p *person) begin(kind string, at int64) []byte {
	b := p.shop.slab.Buffer()
	b = append(b, `{"time":`...)
	if p.web {
		b = strconv.AppendInt(b, p.stamp(at), 10)
	} else {
		b = p.shop.times.Append(b, p.stamp(at))
	}
	b = append(b, `,"id":"`...)
	b = traffic.AppendID(b, traffic.Mix(p.shop.key^(p.stay<<16|p.events)))
	p.events++
	b = append(b, p.head...)
	b = append(b, kind...)
	if len(p.page) > 0 {
		b = append(b, `","page":"`...)
		b = append(b, p.page...)
	}
	return append(b, '"')
}

// end finishes an event and hands it to the tracker.
func (p *person) end(b []byte, at int64, to topic) {
	b = append(b, p.tail...)
	p.latest = max(p.latest, at)
	p.shop.scene = append(p.shop.scene, happening{at, p.stamp(at), to, p.shop.slab.Commit(b)})
}

func (p *person) target(b []byte, e *element) []byte {
	b = append(b, `,"target":`...)
	if p.web {
		return append(b, e.web...)
	}
	return append(b, e.app...)
}

// show enters a page, and with it the step it is.
func (p *person) show(at place, item int) {
	if at != p.at {
		p.leaveForm()
	}
	p.at, p.item, p.depth, p.pointed = at, item, 0, nil
	switch page := [2]int{int(at), item}; {
	case p.opened == 0:
		p.door = page
	case page != p.door:
		p.roamed = true
	}
	p.opened++
	p.page = p.spot().appendPage(p.page[:0], p.web, item)
	p.end(p.begin(p.showing, p.now), p.now, clickstream)
	p.enter()
}

// touch clicks or taps an element; people hit it near its centre, and from the
// keyboard at no place at all.
func (p *person) touch(e *element) {
	p.moveTo(e)
	b := p.target(p.begin(p.hand, p.now), e)
	if p.keys {
		b = append(b, `,"x":0,"y":0,"keyboard":true`...)
	} else {
		b = append(b, `,"x":`...)
		b = strconv.AppendInt(b, int64(e.x*p.width+4*p.dice.Normal()), 10)
		b = append(b, `,"y":`...)
		b = strconv.AppendInt(b, int64(e.y*800+3*p.dice.Normal()), 10)
	}
	p.end(b, p.now, clickstream)
}

// on tells a plain event about an element.
func (p *person) on(kind string, e *element) {
	p.end(p.target(p.begin(kind, p.now), e), p.now, clickstream)
}

// attr tells an event with one attribute, a number.
func (p *person) attr(kind string, at int64, name string, value int) {
	b := p.begin(kind, at)
	b = append(append(append(b, `,"attrs":{"`...), name...), `":`...)
	b = append(strconv.AppendInt(b, int64(value), 10), '}')
	p.end(b, at, clickstream)
}

// change is the page changing after at, as soon as the device can draw it.
func (p *person) change(at int64) {
	p.attr("mutation", at+int64(p.dice.LogNormal(p.render, .4)), "nodes", p.dice.IntBetween(1, 40))
}

// scroll goes on down the page, and now and then back up.
func (p *person) scroll() {
	by := p.dice.IntBetween(8, 40)
	if p.depth+by > 100 || p.depth > 0 && p.dice.Chance(.12) {
		by = -p.dice.IntBetween(p.depth/2, p.depth)
	}
	p.scrollTo(p.depth + by)
}

// pageHeight is how long a page is, CSS px.
const pageHeight = 4000

func (p *person) scrollTo(depth int) {
	p.depth = min(max(depth, 0), 100)
	b := append(p.begin("scroll", p.now), `,"x":0,"y":`...)
	b = strconv.AppendInt(b, int64(p.depth*pageHeight/100), 10)
	b = append(b, `,"attrs":{"depth":`...)
	b = strconv.AppendInt(b, int64(p.depth), 10)
	p.end(append(b, '}'), p.now, clickstream)
}

// turnAway hides the shop behind another tab or app, or comes back to it.
func (p *person) turnAway(back bool) {
	switch {
	case p.web:
	case back:
		p.lifecycle("foreground")
		return
	default:
		p.lifecycle("background")
		return
	}
	b := p.begin("visibility", p.now)
	b = append(b, `,"attrs":{"visible":`...)
	p.end(append(strconv.AppendBool(b, back), '}'), p.now, clickstream)
}

func (p *person) lifecycle(name string) {
	b := append(append(p.begin("lifecycle", p.now), `,"name":"`...), name...)
	p.end(append(b, '"'), p.now, telemetry)
}

// submit sends a form that the page itself finds nothing wrong with.
func (p *person) submit(op string) {
	p.form = form{}
	b := append(append(p.begin("submit", p.now), `,"op":"`...), op...)
	p.end(append(b, `","ok":true`...), p.now, clickstream)
}

// refuse is the page finding something wrong with a form.
func (p *person) refuse(op string) {
	p.form = form{}
	b := append(append(p.begin("submit", p.now), `,"op":"`...), op...)
	b = append(b, `","ok":false,"error":{"kind":"validation","message":"please check what you have entered"}`...)
	p.end(b, p.now, clickstream)
}

// fill types into a field; only the length of what is typed is known.
func (p *person) fill(e *element) {
	p.on("focus", e)
	p.pass(p.dice.LogNormal(1300*time.Millisecond, .4))
	p.write(e)
}

// write types into the field one is in, and leaves it.
func (p *person) write(e *element) {
	p.form.filled(e, p.now)
	for range p.dice.IntBetween(1, 2) {
		b := p.target(p.begin("input", p.now), e)
		b = append(b, `,"attrs":{"length":`...)
		b = append(strconv.AppendInt(b, int64(p.dice.IntBetween(1, 24)), 10), '}')
		p.end(b, p.now, clickstream)
		p.pass(p.dice.LogNormal(1100*time.Millisecond, .5))
	}
	p.form.last = p.now
	p.on("blur", e)
}

// request notes an operation when its outcome is known, which is when trackers
// can tell of it; its duration reaches back. Status 0 is no answer at all.
func (p *person) request(op string, from, until int64, status int) {
	p.answered(op, until, status)
	b := append(append(p.begin("request", until), `,"op":"`...), op...)
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
	p.end(b, until, telemetry)
}

// scriptError notes an error that the page survives.
func (p *person) scriptError(at int64) {
	p.straw = at
	b := append(p.begin("error", at), `,"error":{"kind":"TypeError","message":"cannot read properties of undefined (reading 'total')"}`...)
	p.end(b, at, telemetry)
}

// crash notes the error that ended the app.
func (p *person) crash(at int64) {
	p.straw = at
	p.blame(Act{Cause: CauseCrash, Page: string(p.page)}, at, at)
	b := append(p.begin("crash", at), `,"error":{"kind":"NullPointerException","message":"order must not be null"}`...)
	p.end(b, at, telemetry)
}

// takes draws how long a healthy request takes.
func (p *person) takes() time.Duration { return p.dice.LogNormal(p.latency, .4) }
