package adapter

import (
	"bytes"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// access is what one entry of an access log says, whatever format it is written
// in. "-" is the same as nothing everywhere.
type access struct {
	time      event.Millis
	timed     bool   // there is a time that could be read
	fine      bool   // it is written with milliseconds
	address   []byte // of whoever connected, maybe with a port, or a list of forwarded ones
	forwarded []byte // addresses that proxies passed on, the client's first
	user      []byte // name of the logged-in user
	method    []byte
	target    []byte // path and query, or a URL
	status    []byte
	took      []byte
	unit      fields.Unit // of took
	vhost     []byte      // name of the server that was asked
	referrer  []byte
	agent     []byte
}

// accessRules makes events of entries: they are the same for all formats of access
// logs.
type accessRules struct {
	remoteUser bool
	forwarded  bool
	pageViews  bool
	assets     map[string]bool
	dates      fields.Dates
	agents     *fields.Cache[*event.Context]
	op         []byte // scratch
}

// agentSets is the size of the cache of user agents, in sets of four.
const agentSets = 2048

func newAccessRules(cfg *AccessLog) accessRules {
	l := accessRules{
		remoteUser: cfg.User == "remote_user",
		forwarded:  cfg.Forwarded,
		pageViews:  cfg.PageViews,
		assets:     make(map[string]bool, len(cfg.Assets)),
		agents:     fields.NewCache[*event.Context](agentSets),
	}
	for _, extension := range cfg.Assets {
		l.assets[strings.ToLower(strings.TrimPrefix(extension, "."))] = true
	}
	return l
}

// none is true for what stands where there is nothing to say.
func none(text []byte) bool { return len(text) == 0 || len(text) == 1 && text[0] == '-' }

// give gives b the event of an entry. wantTime says what a time looks like in the
// format.
func (l *accessRules) give(a *access, wantTime string, b *fields.Builder) {
	b.SetTime(a.time, a.timed, wantTime)
	b.SetPrecision(a.fine)
	l.setUser(a, b)
	l.setRequest(a, b)
	if !none(a.status) && !zeros(a.status) {
		b.SetNumber(fields.Status, a.status)
		if status := b.Event().Status; status > 0 {
			b.SetBool(fields.OK, status < 400)
		}
	}
	if !none(a.took) {
		b.SetDuration(a.took, a.unit)
	}
	for _, attr := range [...]struct {
		name string
		text []byte
	}{{"referrer", a.referrer}, {"vhost", a.vhost}, {"user_agent", a.agent}} {
		if !none(attr.text) {
			b.AddAttr(attr.name, attr.text)
		}
	}
	if !none(a.agent) {
		b.Event().Context = l.context(a.agent)
	}
}

// zeros is true for the status of a request that was never answered.
func zeros(text []byte) bool { return len(bytes.Trim(text, "0")) == 0 }

// context is what a user agent says, remembered by its text.
func (l *accessRules) context(agent []byte) *event.Context {
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

// setUser reads user and account: the user is the client's address, or the name of
// the logged-in user if that was asked for.
func (l *accessRules) setUser(a *access, b *fields.Builder) {
	user := client(a.address)
	if l.forwarded && !none(a.forwarded) {
		if first := firstAddress(a.forwarded); first != nil {
			user = first
		}
	}
	if !none(a.user) {
		b.SetText(fields.Account, a.user)
		if l.remoteUser {
			user = a.user
		}
	}
	if !none(user) {
		b.SetText(fields.User, user)
	}
}

// setRequest reads op, page and type.
func (l *accessRules) setRequest(a *access, b *fields.Builder) {
	b.SetType(event.Request)
	if none(a.target) || !isMethod(a.method) {
		return
	}
	l.op = append(append(append(l.op[:0], a.method...), ' '), a.target...)
	b.SetText(fields.Op, l.op)
	b.SetText(fields.Page, a.target)
	if l.pageViews && string(a.method) == "GET" && showsPage(a.status) && !l.isAsset(a.target) {
		b.SetType(event.PageView)
	}
}

// showsPage reports whether people see a page when a GET is answered with a status.
// They do not with 1xx and 3xx but for 304, which shows the page kept from last
// time, nor with an answer that has no content or is a part of a file (204, 205,
// 206), nor when the browser is asked for a password (401, 407).
func showsPage(status []byte) bool {
	if len(status) != 3 {
		return true
	}
	switch string(status) {
	case "204", "205", "206", "401", "407":
		return false
	case "304":
		return true
	}
	return status[0] != '1' && status[0] != '3'
}

// requestLine cuts "METHOD target PROTOCOL" apart.
func (a *access) requestLine(request []byte) {
	request = bytes.TrimSpace(request)
	method, target, _ := bytes.Cut(request, []byte(" "))
	if end := bytes.LastIndexByte(target, ' '); end >= 0 && bytes.HasPrefix(target[end+1:], []byte("HTTP/")) {
		target = target[:end]
	}
	a.method, a.target = method, bytes.TrimSpace(target)
}

func isMethod(b []byte) bool {
	for _, c := range b {
		if !fields.IsLetter(c) && c != '-' && c != '_' {
			return false
		}
	}
	return len(b) > 0 && string(b) != "-"
}

// isAsset recognises by the extension of its path what is no page.
func (l *accessRules) isAsset(target []byte) bool {
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

// stamp reads the time that servers write between brackets: 10/Oct/2000:13:55:36
// -0700, with a fraction or the name of UTC for the offset if need be, or an ISO
// 8601 time.
func (l *accessRules) stamp(text []byte) (event.Millis, bool) {
	text = bytes.Trim(text, "[] ")
	if len(text) < 20 || text[2] != '/' {
		at, _, ok := l.dates.DateTime(text)
		return at, ok
	}
	rest, millis := text[20:], event.Millis(0)
	if len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		n := 1
		for unit := event.Millis(100); n < len(rest) && fields.IsDigit(rest[n]); n, unit = n+1, unit/10 {
			millis += event.Millis(rest[n]-'0') * unit
		}
		rest = rest[n:]
	}
	var plain [26]byte
	copy(plain[:], text[:20])
	switch string(bytes.TrimSpace(rest)) {
	case "GMT", "UTC", "Z":
		copy(plain[20:], " +0000")
	default:
		if len(rest) != 6 {
			return 0, false
		}
		copy(plain[20:], rest)
	}
	t, ok := l.dates.AccessLog(plain[:])
	return t + millis, ok
}
