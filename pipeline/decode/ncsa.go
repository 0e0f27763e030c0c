package decode

import (
	"bytes"
	"strings"

	"friction/pipeline/event"
)

// accessLog holds what format ncsa was told.
type accessLog struct {
	remoteUser bool
	pageViews  bool
	assets     map[string]bool
	op         []byte
}

func newAccessLog(cfg *AccessLog) *accessLog {
	l := &accessLog{
		remoteUser: cfg.User == "remote_user",
		pageViews:  cfg.PageViews,
		assets:     make(map[string]bool, len(cfg.Assets)),
	}
	for _, extension := range cfg.Assets {
		l.assets[strings.ToLower(strings.TrimPrefix(extension, "."))] = true
	}
	return l
}

// accessLog reads a line of a common or combined access log:
//
//	host ident remote-user [day/month/year:hour:minute:second zone] "request" status bytes "referrer" "user agent"
//
// The last two may be missing together, and anything may follow them. A user
// agent may be cut off by the end of the line, as relays of logs do. A request
// that is no method and target ("-", or what a broken client sent) has neither
// operation nor page.
func (d *Decoder) accessLog(b []byte, e *event.Event) event.Rejection {
	s := lineScanner{b: b}
	host, i := s.upTo(0, ' ', "a host and a space")
	_, i = s.upTo(i, ' ', "an identity and a space")
	remote, i := s.upTo(i, ' ', "a user name and a space")
	stamp, i := s.bracketed(i)
	i = s.literal(i, ' ', "a space")
	request, i := s.quotedField(i, "a request in quotes", false)
	d.setRequest(request, e)
	i = s.literal(i, ' ', "a space")
	status, i := s.upTo(i, ' ', "a status and a space")
	i = s.token(i, "a number of bytes or -")
	if i < 0 {
		return malformed(s.at, s.want)
	}
	if i < len(b) {
		if r := d.readAgent(&s, i, e); r.Reason != event.Accepted {
			return r
		}
	}
	d.setLogTime(stamp, e)
	d.setLogUser(host, remote, e)
	if string(status) != "-" {
		if !d.setNumber(statusField, status, e) {
			d.wrong(wants[statusField])
		}
		setBool(okField, e.Status < 400, e)
	}
	return event.Rejection{}
}

// readAgent reads referrer and user agent.
func (d *Decoder) readAgent(s *lineScanner, i int, e *event.Event) event.Rejection {
	i = s.literal(i, ' ', "a space")
	referrer, i := s.quotedField(i, "a referrer in quotes", false)
	if i >= 0 && len(referrer) > 0 && string(referrer) != "-" {
		d.addAttr("referrer", referrer)
	}
	i = s.literal(i, ' ', "a space")
	agent, i := s.quotedField(i, "a user agent in quotes", true)
	if i < 0 {
		return malformed(s.at, s.want)
	}
	if len(agent) > 0 && string(agent) != "-" {
		d.addAttr("user_agent", agent)
		e.Context = d.agentContext(agent)
	}
	return event.Rejection{}
}

// agentContext is the context that a user agent tells, remembered by its text.
func (d *Decoder) agentContext(agent []byte) *event.Context {
	known, hash := d.pool.contexts.get(agent)
	if known != nil {
		return known.value
	}
	var p parsed[event.Context]
	if c := contextOfAgent(string(agent)); c != (event.Context{}) {
		p.value = &c
	}
	if len(agent) <= maxCachedBytes {
		d.pool.contexts.put(hash, string(agent), p)
	}
	return p.value
}

func (d *Decoder) setLogUser(host, remote []byte, e *event.Event) {
	logged := len(remote) > 0 && string(remote) != "-"
	if logged {
		d.setText(accountField, remote, e)
	}
	if logged && d.line.remoteUser {
		host = remote
	}
	if string(host) != "-" {
		d.setText(userField, host, e)
	}
}

// setRequest takes op, page and type from "METHOD target PROTOCOL".
func (d *Decoder) setRequest(request []byte, e *event.Event) {
	d.found.typed = present
	e.Type = event.Request
	method, rest, _ := bytes.Cut(request, []byte(" "))
	if end := bytes.LastIndexByte(rest, ' '); end >= 0 && bytes.HasPrefix(rest[end+1:], []byte("HTTP/")) {
		rest = rest[:end]
	}
	if len(rest) == 0 || !isMethod(method) {
		return
	}
	d.line.op = append(append(append(d.line.op[:0], method...), ' '), rest...)
	d.setText(opField, d.line.op, e)
	d.setText(pageField, rest, e)
	if d.line.pageViews && string(method) == "GET" && !d.line.isAsset(rest) {
		e.Type = event.PageView
	}
}

func isMethod(b []byte) bool {
	for _, c := range b {
		if !isLetter(c) && c != '-' && c != '_' {
			return false
		}
	}
	return len(b) > 0
}

// isAsset tells by the extension of the path.
func (l *accessLog) isAsset(target []byte) bool {
	path, _, _ := splitPath(target)
	path = path[bytes.LastIndexByte(path, '/')+1:]
	dot := bytes.LastIndexByte(path, '.')
	if dot < 0 {
		return false
	}
	var lower [16]byte
	if len(path)-dot-1 > len(lower) {
		return false
	}
	return l.assets[string(appendLower(lower[:0], path[dot+1:]))]
}

// setLogTime reads 10/Oct/2000:13:55:36 -0700.
func (d *Decoder) setLogTime(b []byte, e *event.Event) {
	t, ok := d.dates.log(b)
	e.Time = t
	if d.found.time = wrong; ok {
		d.found.time = present
	}
}
