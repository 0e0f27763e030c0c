package adapter

import (
	"bytes"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// accessLog reads lines of a common or combined access log:
//
//	host ident remote-user [day/month/year:hour:minute:second zone] "request" status bytes "referrer" "user agent"
//
// The last two may be missing together, and anything may follow them. A user
// agent may be cut off by the end of the line, as relays of logs do. A request
// that is no method and target ("-", or what a broken client sent) has neither
// operation nor page.
type accessLog struct {
	remoteUser bool
	pageViews  bool
	assets     map[string]bool
	dates      fields.Dates
	agents     *fields.Cache[*event.Context]
	op         []byte // scratch
}

// agentSets is the size of the cache of user agents, in sets of four.
const agentSets = 2048

func newAccessLog(cfg *AccessLog) *accessLog {
	l := &accessLog{
		remoteUser: cfg.User == "remote_user",
		pageViews:  cfg.PageViews,
		assets:     make(map[string]bool, len(cfg.Assets)),
		agents:     fields.NewCache[*event.Context](agentSets),
	}
	for _, extension := range cfg.Assets {
		l.assets[strings.ToLower(strings.TrimPrefix(extension, "."))] = true
	}
	return l
}

// Read reads one line.
func (l *accessLog) Read(value []byte, b *fields.Builder) event.Rejection {
	if r := checkUTF8(value); r.Reason != event.Accepted {
		return r
	}
	s := lineScanner{b: value}
	host, i := s.upTo(0, ' ', "a host and a space")
	_, i = s.upTo(i, ' ', "an identity and a space")
	remote, i := s.upTo(i, ' ', "a user name and a space")
	stamp, i := s.bracketed(i)
	i = s.literal(i, ' ', "a space")
	request, i := s.quotedField(i, "a request in quotes", false)
	l.setRequest(request, b)
	i = s.literal(i, ' ', "a space")
	status, i := s.upTo(i, ' ', "a status and a space")
	i = s.token(i, "a number of bytes or -")
	if i < 0 {
		return malformed(s.at, s.want)
	}
	if i < len(value) {
		if r := l.readAgent(&s, i, b); r.Reason != event.Accepted {
			return r
		}
	}
	t, ok := l.dates.AccessLog(stamp)
	b.SetTime(t, ok, "time: want one like 10/Oct/2000:13:55:36 -0700")
	l.setUser(host, remote, b)
	if string(status) != "-" {
		b.SetNumber(fields.Status, status)
		b.SetBool(fields.OK, b.Event().Status < 400)
	}
	return event.Rejection{}
}

// readAgent reads referrer and user agent.
func (l *accessLog) readAgent(s *lineScanner, i int, b *fields.Builder) event.Rejection {
	i = s.literal(i, ' ', "a space")
	referrer, i := s.quotedField(i, "a referrer in quotes", false)
	if i >= 0 && len(referrer) > 0 && string(referrer) != "-" {
		b.AddAttr("referrer", referrer)
	}
	i = s.literal(i, ' ', "a space")
	agent, i := s.quotedField(i, "a user agent in quotes", true)
	if i < 0 {
		return malformed(s.at, s.want)
	}
	if len(agent) > 0 && string(agent) != "-" {
		b.AddAttr("user_agent", agent)
		b.Event().Context = l.context(agent)
	}
	return event.Rejection{}
}

// context is what a user agent says, remembered by its text.
func (l *accessLog) context(agent []byte) *event.Context {
	known, hash := l.agents.Get(agent)
	if known != nil {
		return *known
	}
	var context *event.Context
	if c := contextOfAgent(string(agent)); c != (event.Context{}) {
		context = &c
	}
	if len(agent) <= fields.MaxCachedBytes {
		l.agents.Put(hash, string(agent), context)
	}
	return context
}

// setUser reads user and account from the host and the name of the logged-in user.
func (l *accessLog) setUser(host, remote []byte, b *fields.Builder) {
	logged := len(remote) > 0 && string(remote) != "-"
	if logged {
		b.SetText(fields.Account, remote)
	}
	if logged && l.remoteUser {
		host = remote
	}
	if string(host) != "-" {
		b.SetText(fields.User, host)
	}
}

// setRequest reads op, page and type from "METHOD target PROTOCOL".
func (l *accessLog) setRequest(request []byte, b *fields.Builder) {
	b.SetType(event.Request)
	method, target, _ := bytes.Cut(request, []byte(" "))
	if end := bytes.LastIndexByte(target, ' '); end >= 0 && bytes.HasPrefix(target[end+1:], []byte("HTTP/")) {
		target = target[:end]
	}
	if len(target) == 0 || !isMethod(method) {
		return
	}
	l.op = append(append(append(l.op[:0], method...), ' '), target...)
	b.SetText(fields.Op, l.op)
	b.SetText(fields.Page, target)
	if l.pageViews && string(method) == "GET" && !l.isAsset(target) {
		b.SetType(event.PageView)
	}
}

func isMethod(b []byte) bool {
	for _, c := range b {
		if !fields.IsLetter(c) && c != '-' && c != '_' {
			return false
		}
	}
	return len(b) > 0
}

// isAsset recognises by the extension of its path what is no page.
func (l *accessLog) isAsset(target []byte) bool {
	path := fields.Path(target)
	path = path[bytes.LastIndexByte(path, '/')+1:]
	dot := bytes.LastIndexByte(path, '.')
	if dot < 0 {
		return false
	}
	var lower [16]byte
	if len(path)-dot-1 > len(lower) {
		return false
	}
	return l.assets[string(fields.AppendLower(lower[:0], path[dot+1:]))]
}
