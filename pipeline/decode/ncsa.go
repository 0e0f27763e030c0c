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
	s := &d.scan
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
		return d.malformed()
	}
	if i < len(b) {
		if r := d.readAgent(i, e); r.Reason != event.Accepted {
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
func (d *Decoder) readAgent(i int, e *event.Event) event.Rejection {
	s := &d.scan
	i = s.literal(i, ' ', "a space")
	referrer, i := s.quotedField(i, "a referrer in quotes", false)
	if i >= 0 && len(referrer) > 0 && string(referrer) != "-" {
		d.addAttr("referrer", referrer)
	}
	i = s.literal(i, ' ', "a space")
	agent, i := s.quotedField(i, "a user agent in quotes", true)
	if i < 0 {
		return d.malformed()
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

// upTo reads up to the next byte c and over it.
func (s *scanner) upTo(i int, c byte, want string) (field []byte, next int) {
	if i < 0 {
		return nil, i
	}
	n := bytes.IndexByte(s.b[i:], c)
	if n <= 0 {
		return nil, s.fail(i, want)
	}
	return s.b[i : i+n], i + n + 1
}

func (s *scanner) literal(i int, c byte, want string) int {
	if i < 0 {
		return i
	}
	if i >= len(s.b) || s.b[i] != c {
		return s.fail(i, want)
	}
	return i + 1
}

func (s *scanner) bracketed(i int) (field []byte, next int) {
	if i = s.literal(i, '[', "a time in brackets"); i < 0 {
		return nil, i
	}
	return s.upTo(i, ']', "a time in brackets")
}

// token reads bytes other than a space, at least one.
func (s *scanner) token(i int, want string) int {
	if i < 0 {
		return i
	}
	n := bytes.IndexByte(s.b[i:], ' ')
	if n < 0 {
		n = len(s.b) - i
	}
	if n == 0 {
		return s.fail(i, want)
	}
	return i + n
}

// quotedField reads text in quotes. Servers write a quote inside it as \", and
// other bytes as \xhh, which stays as it is. With open the end of the line will do
// for the closing quote.
func (s *scanner) quotedField(i int, want string, open bool) (field []byte, next int) {
	if i = s.literal(i, '"', want); i < 0 {
		return nil, i
	}
	escaped := false
	for end := i; end < len(s.b); end++ {
		switch s.b[end] {
		case '"':
			if escaped {
				return unquoteField(s.b[i:end]), end + 1
			}
			return s.b[i:end], end + 1
		case '\\':
			escaped = escaped || end+1 < len(s.b) && (s.b[end+1] == '"' || s.b[end+1] == '\\')
			end++
		}
	}
	if open {
		return unquoteField(s.b[i:]), len(s.b)
	}
	return nil, s.fail(len(s.b), want)
}

// unquoteField takes the backslash from \" and \\. Such fields are rare enough
// to be copied.
func unquoteField(b []byte) []byte {
	text := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
			i++
		}
		text = append(text, b[i])
	}
	return text
}
