package loadgen

import (
	"strconv"
	"time"

	"friction/pipeline/traffic"
)

// prepare makes the parts of events that never change: the targets of clicks,
// as JSON, and the text that fills an event up to its length.
func (l *Load) prepare() {
	for i := range l.buttons {
		id := "button-" + strconv.Itoa(i)
		l.buttons[i] = []byte(`{"tag":"button","id":"` + id + `","role":"button","selector":"button#` + id + `"}`)
	}
	l.filler = make([]byte, l.o.Bytes)
	for i := range l.filler {
		l.filler[i] = "friction is measured, not assumed. "[i%35]
	}
}

// event writes one event of a stay.
func (l *Load) event(s *stay, at int64) traffic.Record {
	b := l.slab.Buffer()
	b = append(b, `{"time":`...)
	b = strconv.AppendInt(b, at/int64(time.Millisecond), 10)
	b = append(b, `,"id":"`...)
	b = traffic.AppendID(b, traffic.Mix(l.key^uint64(l.counts.Events)))
	b = append(append(b, `","user":"`...), s.key...)
	b = append(b, `","app":"load","type":"`...)
	b, topic := l.appendAction(b, s)
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
	if missing := l.o.Bytes - len(b) - around; missing > 0 {
		b = append(append(append(b, `,"attrs":{"note":"`...), l.filler[:missing]...), `"}`...)
	}
	b = append(b, '}')
	when := time.Unix(0, at).UTC()
	return traffic.Record{Topic: topic, Key: s.key, Time: when, Deliver: when, Value: l.slab.Commit(b)}
}

// appendAction writes what happens, from the value of type on.
func (l *Load) appendAction(b []byte, s *stay) ([]byte, string) {
	if s.bursting() {
		s.clicked = false
		return l.click(l.onPage(append(b, "click"...), s), s.user%len(l.buttons)), traffic.Clickstream
	}
	next := l.nextAction(s)
	s.clicked = next == clicks
	switch next {
	case opens:
		s.page = 1 + l.random.IntN(60)
		return l.onPage(append(b, "page_view"...), s), traffic.Clickstream
	case clicks:
		return l.click(l.onPage(append(b, "click"...), s), l.random.IntN(len(l.buttons))), traffic.Clickstream
	case scrolls:
		return l.onPage(append(b, "scroll"...), s), traffic.Clickstream
	case mutates:
		return l.onPage(append(b, "mutation"...), s), traffic.Clickstream
	default:
		return l.request(l.onPage(append(b, "request"...), s)), traffic.Telemetry
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
func (l *Load) nextAction(s *stay) int {
	switch {
	case s.answered && l.random.Chance(.6):
		return mutates
	case s.answered:
		return opens
	case s.ends():
		return [...]int{opens, scrolls, requests}[l.random.Weighted(15, 20, 65)]
	}
	return l.random.Weighted(9, 36, 13, 4, 38)
}

// onPage ends the type and writes the page.
func (l *Load) onPage(b []byte, s *stay) []byte {
	b = append(b, `","page":"/page/p`...)
	return append(strconv.AppendInt(b, int64(s.page), 10), '"')
}

// click writes the target and place of a click on a button.
func (l *Load) click(b []byte, on int) []byte {
	b = append(append(b, `,"target":`...), l.buttons[on]...)
	b = append(b, `,"x":`...)
	b = strconv.AppendInt(b, int64(100+40*on+l.random.IntN(5)), 10)
	b = append(b, `,"y":`...)
	return strconv.AppendInt(b, int64(300+l.random.IntN(5)), 10)
}

// request writes an operation and its outcome.
func (l *Load) request(b []byte) []byte {
	status := 200
	if l.random.Chance(.03) {
		status = 503
	}
	b = append(b, `,"op":"GET /api/things/`...)
	b = append(b, byte('a'+l.random.IntN(20)))
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, `,"ok":`...)
	b = strconv.AppendBool(b, status == 200)
	b = append(b, `,"duration_ms":`...)
	return strconv.AppendInt(b, int64(l.random.IntBetween(5, 400)), 10)
}
