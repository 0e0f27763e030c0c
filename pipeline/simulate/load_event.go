package simulate

import (
	"strconv"
	"time"
)

// furnish prepares what the events of a load are made of.
func (l *Load) furnish() {
	for i := range l.buttons {
		e := button("button-"+strconv.Itoa(i), "", 0, 0)
		e.encode()
		l.buttons[i] = e.web
	}
	l.filler = make([]byte, l.o.Bytes)
	for i := range l.filler {
		l.filler[i] = "friction is measured, not assumed. "[i%35]
	}
}

// event writes one event of a stay.
func (l *Load) event(s *loadStay, at int64) Record {
	b := l.paper.sheet()
	b = append(b, `{"time":`...)
	b = strconv.AppendInt(b, at/int64(time.Millisecond), 10)
	b = append(b, `,"id":"`...)
	b = appendID(b, mix(l.key^uint64(l.counts.Events)))
	b = append(append(b, `","user":"`...), s.key...)
	b = append(b, `","app":"load","type":"`...)
	b, topic := l.doing(b, s)
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
	return Record{Topic: topic, Key: s.key, Time: when, Deliver: when, Value: l.paper.keep(b)}
}

// doing writes what happens, from the value of type on.
func (l *Load) doing(b []byte, s *loadStay) ([]byte, string) {
	if s.bursting() {
		s.clicked = false
		return l.click(l.onPage(append(b, "click"...), s), s.user%len(l.buttons)), Clickstream
	}
	deed := l.deed(s)
	s.clicked = deed == clicks
	switch deed {
	case opens:
		s.page = 1 + l.dice.upTo(60)
		return l.onPage(append(b, "page_view"...), s), Clickstream
	case clicks:
		return l.click(l.onPage(append(b, "click"...), s), l.dice.upTo(len(l.buttons))), Clickstream
	case scrolls:
		return l.onPage(append(b, "scroll"...), s), Clickstream
	case mutates:
		return l.onPage(append(b, "mutation"...), s), Clickstream
	default:
		return l.request(l.onPage(append(b, "request"...), s)), Telemetry
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

// deed draws what happens, so that over all a quarter are clicks and three in ten
// are requests. A click that nothing could answer is not made.
func (l *Load) deed(s *loadStay) int {
	switch {
	case s.answered && l.dice.chance(.6):
		return mutates
	case s.answered:
		return opens
	case s.ends():
		return [...]int{opens, scrolls, requests}[l.dice.pick(15, 20, 65)]
	}
	return l.dice.pick(9, 36, 13, 4, 38)
}

func (l *Load) onPage(b []byte, s *loadStay) []byte {
	b = append(b, `","page":"/page/p`...)
	return append(strconv.AppendInt(b, int64(s.page), 10), '"')
}

func (l *Load) click(b []byte, on int) []byte {
	b = append(append(b, `,"target":`...), l.buttons[on]...)
	b = append(b, `,"x":`...)
	b = strconv.AppendInt(b, int64(100+40*on+l.dice.upTo(5)), 10)
	b = append(b, `,"y":`...)
	return strconv.AppendInt(b, int64(300+l.dice.upTo(5)), 10)
}

func (l *Load) request(b []byte) []byte {
	status := 200
	if l.dice.chance(.03) {
		status = 503
	}
	b = append(b, `,"op":"GET /api/things/`...)
	b = append(b, byte('a'+l.dice.upTo(20)))
	b = append(b, `","status":`...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, `,"ok":`...)
	b = strconv.AppendBool(b, status == 200)
	b = append(b, `,"duration_ms":`...)
	return strconv.AppendInt(b, int64(l.dice.fromTo(5, 400)), 10)
}
