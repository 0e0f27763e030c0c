package adapter

import (
	"bytes"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// accessLog reads lines of a common or combined access log, as servers write them:
//
//	host ident remote-user [day/month/year:hour:minute:second zone] "request" status bytes "referrer" "user agent"
//
// The time is found first: names of users have blanks in them. In front of the host
// there may be the name of a virtual host, and the host may be a list of forwarded
// addresses. What follows the status may be missing, and anything may follow the
// user agent, such as the forwarded addresses that nginx writes. A user agent may be
// cut off by the end of the line, as relays of logs do. A request that is no method
// and target ("-", or what a broken client sent) has neither operation nor page.
type accessLog struct {
	accessRules
	entry access
}

func newAccessLog(cfg *AccessLog) *accessLog { return &accessLog{accessRules: newAccessRules(cfg)} }

// Read reads one line.
func (l *accessLog) Read(value []byte, b *fields.Builder) event.Rejection {
	if r := checkUTF8(value); r.Reason != event.Accepted {
		return r
	}
	s := lineScanner{b: value}
	a := &l.entry
	*a = access{}
	open, i := s.findTime()
	if i < 0 {
		return malformed(s.at, s.want)
	}
	stamp := value[open+1 : i]
	a.time, a.timed = l.stamp(stamp)
	a.fine = fields.WithMilliseconds(stamp, fields.RFC3339)
	a.people(bytes.Trim(value[:open], " \t"))
	request, i := s.request(i + 1)
	a.requestLine(request)
	if a.status, i = s.token(s.blanks(i), "a status"); i < 0 {
		return malformed(s.at, s.want)
	}
	a.rest(&s, i)
	l.give(a, "time: want one like 10/Oct/2000:13:55:36 -0700", b)
	return event.Rejection{}
}

// rest reads what may follow the status: the number of bytes and other words,
// referrer, user agent, and forwarded addresses behind it.
func (a *access) rest(s *lineScanner, i int) {
	a.referrer, i = s.quoted(s.quote(i), beforeBlank, true)
	if a.agent, i = s.quoted(s.quote(i), beforeBlank, true); i >= len(s.b) {
		return
	}
	list, _ := s.quoted(s.blanks(i), beforeBlank, true)
	if first, _, _ := bytes.Cut(list, []byte(",")); isAddress(first) { // one with a port is that of another server
		a.forwarded = list
	}
}

// people reads what stands in front of the time: host, identity and user, behind
// whatever a log shipper wrote and the name of a virtual host.
func (a *access) people(text []byte) {
	text = withoutShipper(text)
	first, rest := hostOf(text)
	second, behind := hostOf(rest)
	hasPort := bytes.IndexByte(first, ':') > 0 && !isAddress(first)
	switch {
	case isAddress(client(second)) && (hasPort || !isAddress(client(first))):
		a.vhost, a.address, rest = first, second, behind
	case isAddress(client(second)):
		a.address, rest = first, behind // the client's, and that of the proxy
	case hasPort && !none(second) && bytes.IndexByte(behind, ' ') >= 0 && !isAddress(withoutPort(first)):
		a.vhost, a.address, rest = first, second, behind // hosts are written by name
	default:
		a.address = first
	}
	_, user := word(rest) // of the identity nothing is known
	a.user = bytes.TrimSpace(user)
	if n := len(a.user); n >= 2 && a.user[0] == '"' && a.user[n-1] == '"' {
		a.user = bytes.TrimSpace(a.user[1 : n-1])
	}
}

// word cuts the first word off.
func word(text []byte) (first, rest []byte) {
	n := bytes.IndexByte(text, ' ')
	if n < 0 {
		return text, nil
	}
	return text[:n], bytes.TrimLeft(text[n:], " ")
}

// hostOf cuts off a host, or a list of addresses with blanks behind its commas.
func hostOf(text []byte) (host, rest []byte) {
	host, rest = word(text)
	for bytes.HasSuffix(host, []byte(",")) && len(rest) > 0 {
		var next []byte
		next, rest = word(rest)
		host = text[:len(text)-len(rest)]
		if !bytes.HasSuffix(next, []byte(",")) {
			break
		}
	}
	return bytes.TrimSpace(host), rest
}

// withoutShipper removes what syslog and containers write in front of a line: all up
// to "nginx:" or "nginx[12]:", "stdout F" or "|", if an address follows.
func withoutShipper(text []byte) []byte {
	rest := text
	for before := []byte(nil); len(rest) > 0; {
		var w []byte
		w, rest = word(rest)
		n := len(w)
		ends := n > 1 && w[n-1] == ':' && fields.IsLetter(w[0]) || n == 1 && (w[0] == '|' || len(before) == 6 && bytes.HasPrefix(before, []byte("std")))
		if ends {
			host, behind := hostOf(rest)
			next, _ := hostOf(behind) // behind the name of a virtual host
			if isAddress(client(host)) || isAddress(client(next)) {
				return rest
			}
		}
		before = w
	}
	return text
}
