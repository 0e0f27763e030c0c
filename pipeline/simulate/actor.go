package simulate

import (
	"strconv"
	"time"

	"friction/pipeline/traffic"
)

// actor is one person at one device: their clock, their random source, the page
// in front of them and what the tracker records. Each method that does something
// writes its events at the actor's own time; only those that say so let time
// pass.
type actor struct {
	traits
	random    traffic.Random // for what the person decides
	recorder  *recorder
	userID    string
	stay      uint64 // the number of the stay in the shop; event ids are made of it
	events    uint64 // written in this stay
	head      []byte // JSON that follows the id of every event: who it is of
	tail      []byte // JSON at the end of every event: context
	pressType string // event type: click or tap
	viewType  string // event type: page_view or screen_view

	now       int64    // the person's true time, Unix ns
	latest    int64    // time of the latest event
	latestOwn int64    // time of the latest event that is not the app's own doing
	pageName  []byte   // as events name it
	depth     int      // how far down the page they are, percent
	pointsAt  *element // where the mouse is
}

// pass lets time pass.
func (a *actor) pass(d time.Duration) { a.now += int64(d) }

// stamp is the time the device writes for a true time, Unix ms.
func (a *actor) stamp(at int64) int64 { return stamp(at, a.skew) }

// healthyLatency draws how long a healthy request takes.
func (a *actor) healthyLatency() time.Duration { return a.random.LogNormal(a.latency, .4) }

// identify writes who the events are of.
func (a *actor) identify(app string, seed uint64, user int) {
	b := append(a.head[:0], `","user":"`...)
	b = append(b, a.userID...)
	b = append(b, `","app":`...)
	b = strconv.AppendQuote(b, app)
	if a.member {
		b = append(b, `,"account":"a`...)
		b = traffic.AppendNumber(b, traffic.Mix(uint64(user)+seed)%1e8, 8)
		b = append(b, '"')
	}
	b = append(b, `,"session":"`...)
	b = traffic.AppendID(b, traffic.Hash(a.stay))
	a.head = append(b, `","type":"`...)
}

// describe writes the context and the end of the object.
func (a *actor) describe() {
	b := append(a.tail[:0], `,"context":{"device":"`...)
	b = append(append(b, a.class...), `","os":"`...)
	b = append(b, a.os...)
	if a.browser != "" {
		b = append(append(b, `","browser":"`...), a.browser...)
	}
	b = append(append(b, `","app_version":"`...), a.version...)
	b = append(append(b, `","country":"`...), a.country...)
	b = append(append(b, `","variant":"`...), a.variant...)
	b = append(append(b, `","language":"`...), a.lang...)
	a.tail = append(b, `"}}`...)
}

// begin starts an event of a type; what is particular to the event is appended.
func (a *actor) begin(kind string, at int64) []byte {
	b := a.recorder.begin(a.stamp(at), a.web, a.stay<<16|a.events)
	a.events++
	switch kind {
	case "mutation", "visibility", "mouse_move", "request":
	default:
		a.latestOwn = max(a.latestOwn, at)
	}
	b = append(b, a.head...)
	b = append(b, kind...)
	if len(a.pageName) > 0 {
		b = append(b, `","page":"`...)
		b = append(b, a.pageName...)
	}
	return append(b, '"')
}

// end finishes an event and gives it to the tracker.
func (a *actor) end(b []byte, at int64, to topic) {
	b = append(b, a.tail...)
	a.latest = max(a.latest, at)
	a.recorder.end(b, at, a.stamp(at), to)
}

// appendTarget appends an element to an event.
func (a *actor) appendTarget(b []byte, e *element) []byte {
	b = append(b, `,"target":`...)
	if a.web {
		return append(b, e.web...)
	}
	return append(b, e.app...)
}
