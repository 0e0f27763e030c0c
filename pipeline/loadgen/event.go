package loadgen

import (
	"strconv"
	"time"

	"friction/pipeline/traffic"
)

// writer writes the events of a load.
type writer struct {
	key     uint64          // event ids are made of it
	written uint64          // events
	random  *traffic.Random // the load's
	bytes   int             // length that shorter events are filled up to
	slab    traffic.Slab
	filler  []byte
	buttons [20][]byte // targets of clicks, as JSON
}

// newWriter prepares the parts of events that never change.
func newWriter(key uint64, random *traffic.Random, bytes int) writer {
	w := writer{key: key, random: random, bytes: bytes, filler: make([]byte, bytes)}
	for i := range w.buttons {
		id := "button-" + strconv.Itoa(i)
		w.buttons[i] = []byte(`{"tag":"button","id":"` + id + `","role":"button","selector":"button#` + id + `"}`)
	}
	for i := range w.filler {
		w.filler[i] = "friction is measured, not assumed. "[i%35]
	}
	return w
}

// next writes the next event of a stay.
func (w *writer) next(s *stay, at int64) traffic.Record {
	b := w.slab.Buffer()
	b = append(b, `{"time":`...)
	b = strconv.AppendInt(b, at/int64(time.Millisecond), 10)
	b = append(b, `,"id":"`...)
	b = traffic.AppendID(b, traffic.Mix(w.key^w.written))
	b = append(append(b, `","user":"`...), s.key...)
	b = append(b, `","app":"load","type":"`...)
	b, topic := w.appendAction(b, s)
	b = append(b, `,"context":{"device":"`...)
	b = append(b, [...]string{"desktop", "mobile"}[s.user&1]...)
	b = append(b, `","os":"`...)
	b = append(b, [...]string{"Windows", "Android", "macOS", "iOS"}[s.user&3]...)
	b = append(b, `","app_version":"2026.8.`...)
	b = append(b, byte('0'+s.user%4))
	b = append(b, `","country":"`...)
	b = append(b, [...]string{"DE", "US", "GB", "FR", "NL"}[s.user%5]...)
	b = append(b, `"}`...)
	const around = len(`,"attrs":{"note":""}}`)
	if missing := w.bytes - len(b) - around; missing > 0 {
		b = append(append(append(b, `,"attrs":{"note":"`...), w.filler[:missing]...), `"}`...)
	}
	b = append(b, '}')
	w.written++
	when := time.Unix(0, at).UTC()
	return traffic.Record{Topic: topic, Key: s.key, Time: when, Deliver: when, Value: w.slab.Commit(b)}
}

// appendAction writes what happens, from the value of type on.
func (w *writer) appendAction(b []byte, s *stay) ([]byte, string) {
	if s.bursting() {
		s.clicked = false
		return w.click(w.onPage(append(b, "click"...), s), s.user%len(w.buttons)), traffic.Clickstream
	}
	next := w.nextAction(s)
	s.clicked = next == clicks
	switch next {
	case opens:
		s.page = 1 + w.random.IntN(60)
		return w.onPage(append(b, "page_view"...), s), traffic.Clickstream
	case clicks:
		return w.click(w.onPage(append(b, "click"...), s), w.random.IntN(len(w.buttons))), traffic.Clickstream
	case scrolls:
		return w.onPage(append(b, "scroll"...), s), traffic.Clickstream
	case mutates:
		return w.onPage(append(b, "mutation"...), s), traffic.Clickstream
	default:
		return w.request(w.onPage(append(b, "request"...), s)), traffic.Telemetry
	}
}

// What happens in a stay.
const (
	opens = iota
	clicks
	scrolls
	mutates
	requests
)

// nextAction draws what happens, so that a quarter of all are clicks and three in
// ten are requests. A click that nothing could follow is not made.
func (w *writer) nextAction(s *stay) int {
	switch {
	case s.answered && w.random.Chance(.6):
		return mutates
	case s.answered:
		return opens
	case s.ends():
		return [...]int{opens, scrolls, requests}[w.random.Weighted(15, 20, 65)]
	}
	return w.random.Weighted(9, 36, 13, 4, 38)
}

// onPage ends the type and writes the page.
func (w *writer) onPage(b []byte, s *stay) []byte {
	b = append(b, `","page":"/page/p`...)
	return append(strconv.AppendInt(b, int64(s.page), 10), '"')
}

// click writes the target and place of a click on a button.
func (w *writer) click(b []byte, on int) []byte {
	b = append(append(b, `,"target":`...), w.buttons[on]...)
	b = append(b, `,"x":`...)
	b = strconv.AppendInt(b, int64(100+40*on+w.random.IntN(5)), 10)
	b = append(b, `,"y":`...)
	return strconv.AppendInt(b, int64(300+w.random.IntN(5)), 10)
}

// request writes an operation and its outcome.
func (w *writer) request(b []byte) []byte {
	status := 200
	if w.random.Chance(.03) {
		status = 503
	}
	b = append(b, `,"op":"GET /api/things/`...)
	b = append(b, byte('a'+w.random.IntN(20)))
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, `,"ok":`...)
	b = strconv.AppendBool(b, status == 200)
	b = append(b, `,"duration_ms":`...)
	return strconv.AppendInt(b, int64(w.random.IntBetween(5, 400)), 10)
}
