package adapter

import (
	"bytes"
	"encoding/hex"
	"unicode/utf8"

	"friction/pipeline/event"
	"friction/pipeline/fields"
	"friction/pipeline/jsonscan"
)

// accessJSON reads access logs whose entries are JSON objects. Their members are
// known by the names that servers use: the variables of nginx, and the documented
// formats of Envoy, Caddy, Traefik, Cloudflare and load balancers. Numbers may stand
// in quotes, and what a log shipper wrote in front of the object does not count.
type accessJSON struct {
	accessRules
	scan  jsonscan.Scanner
	entry access
	found [partCount]found
	value []byte // the object
	buf   []byte // texts that were found, and what is put together of them
	fixed []byte // a value whose escapes \xhh became \u00hh
}

// found is the text of a part of an entry, and how good the name it stands under is.
type found struct {
	text []byte
	rank uint8
	unit fields.Unit
}

func newAccessJSON(cfg *AccessLog) *accessJSON { return &accessJSON{accessRules: newAccessRules(cfg)} }

// Read reads one object.
func (l *accessJSON) Read(value []byte, b *fields.Builder) event.Rejection {
	if r := checkUTF8(value); r.Reason != event.Accepted {
		return r
	}
	start := bytes.IndexByte(value[:min(len(value), longestPrefix)], '{')
	if start < 0 {
		return malformed(0, "an object")
	}
	l.value = l.withoutHex(value[start:])
	l.scan.Reset(l.value)
	l.found, l.buf = [partCount]found{}, l.buf[:0]
	if l.object(0, 1) < 0 {
		at, want := l.scan.Failure()
		return malformed(at+start, want)
	}
	b.Found().Depth = l.scan.Depth()
	a := l.parts()
	if none(a.target) && none(a.status) {
		return event.Rejection{Reason: event.Malformed, Detail: "the object is no entry of an access log: want a path or request, such as request_uri, path or request, or a status"}
	}
	l.give(a, "time: want one like 2006-01-02T15:04:05Z, 10/Oct/2000:13:55:36 -0700, or a Unix time", b)
	if l.found[partTime].text == nil {
		b.Found().Time = fields.Missing
	}
	return event.Rejection{}
}

// longestPrefix is how far into a value an object may begin.
const longestPrefix = 256

// withoutHex turns the escape \xhh, which nginx writes for a byte unless its format
// says escape=json, into what JSON has for it.
func (l *accessJSON) withoutHex(value []byte) []byte {
	if !bytes.Contains(value, []byte(`\x`)) {
		return value
	}
	l.fixed = l.fixed[:0]
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			l.fixed = append(l.fixed, value[i])
			continue
		}
		i++
		high := byte(0)
		if value[i] == 'x' && i+2 < len(value) {
			high = value[i+1] | 0x20
		}
		switch {
		case high >= '8' && high <= '9' || high >= 'a' && high <= 'f':
			var b [1]byte
			if _, err := hex.Decode(b[:], value[i+1:i+3]); err == nil { // a byte of UTF-8
				l.fixed = append(l.fixed, b[0])
				i += 2
			}
		case high > 0:
			l.fixed = append(l.fixed, `\u00`...)
		default:
			l.fixed = append(l.fixed, '\\', value[i])
		}
	}
	if !utf8.Valid(l.fixed) {
		l.fixed = bytes.ToValidUTF8(l.fixed, []byte("\ufffd"))
	}
	return l.fixed
}

// parts makes an entry of what was found.
func (l *accessJSON) parts() *access {
	text := func(p part) []byte { return l.found[p].text }
	a := &l.entry
	*a = access{
		address: text(partAddress), forwarded: text(partForwarded), user: text(partUser), vhost: text(partHost),
		method: text(partMethod), target: text(partTarget), status: text(partStatus), referrer: text(partReferrer), agent: text(partAgent),
		took: text(partTook), unit: l.found[partTook].unit,
	}
	if request := text(partRequest); !none(request) && (none(a.target) || none(a.method)) {
		target := a.target
		a.requestLine(request)
		if !none(target) {
			a.target = target
		}
	}
	if none(a.method) && !none(a.target) {
		a.method = []byte("GET") // some write the path alone
	}
	if query := text(partQuery); !none(query) && !none(a.target) && bytes.IndexByte(a.target, '?') < 0 {
		start := len(l.buf)
		l.buf = append(append(append(l.buf, a.target...), '?'), bytes.TrimPrefix(query, []byte("?"))...)
		a.target = l.buf[start:len(l.buf):len(l.buf)]
	}
	switch {
	case a.unit == fields.GuessedUnit && bytes.IndexByte(a.took, '.') >= 0, a.unit == fields.GuessedUnit && bytes.HasSuffix(a.took, []byte("s")):
		a.took, a.unit = bytes.TrimSuffix(a.took, []byte("s")), fields.Seconds
	case a.unit == fields.GuessedUnit:
		a.unit = fields.Milliseconds
	}
	if at := text(partTime); len(at) > 3 {
		a.fine = fields.WithMilliseconds(at, fields.GuessedUnit)
		if a.time, _, a.timed = l.dates.Time(at, fields.GuessedUnit); !a.timed {
			a.time, a.timed = l.stamp(at)
		}
	}
	return a
}

// object reads the object at i. Inside an object that is known to describe the
// request its members count, too.
func (l *accessJSON) object(i, depth int) int {
	i, more := l.scan.Open(i)
	for more {
		name, next := l.scan.Name(i)
		if next < 0 {
			return next
		}
		m := memberOf(name)
		if i = l.member(m, next, depth); i < 0 {
			return i
		}
		if i, more = l.scan.Next(i, '}'); i < 0 {
			return i
		}
	}
	return i
}

// member reads the value at i.
func (l *accessJSON) member(m jsonMember, i, depth int) int {
	text := l.value
	if i >= len(text) {
		return l.scan.Fail(i, "a value")
	}
	switch c := text[i]; {
	case c == '{' && m.inside && depth < deepestAccess:
		return l.object(i, depth+1)
	case c == '[' && m.part != partNone: // the values of a header: the first one counts
		end := l.scan.Skip(i, depth)
		if first := jsonscan.SkipSpace(text, i+1); end > 0 && text[first] == '"' {
			value, _ := l.scan.String(first)
			l.keep(m, value)
		}
		return end
	case c == '{' || c == '[' || m.part == partNone:
		return l.scan.Skip(i, depth)
	case c == '"':
		value, next := l.scan.String(i)
		if next >= 0 {
			l.keep(m, value)
		}
		return next
	case c == 'n':
		return l.scan.Literal(i)
	}
	next := l.scan.Scalar(i)
	if next >= 0 {
		l.keep(m, text[i:next])
	}
	return next
}

// deepestAccess is how deep the objects of a request are nested at most.
const deepestAccess = 4

// keep remembers a text if no better name has given one.
func (l *accessJSON) keep(m jsonMember, text []byte) {
	f := &l.found[m.part]
	if none(text) || f.text != nil && f.rank <= m.rank {
		return
	}
	start := len(l.buf)
	l.buf = append(l.buf, text...)
	*f = found{l.buf[start:len(l.buf):len(l.buf)], m.rank, m.unit}
}
