package decode

import (
	"bytes"
	"slices"
	"strings"
)

// namer makes the name of a page or operation from a URL, a path or a screen
// name, as [URLs] says:
//
//   - A path loses its query and its fragment. The query parameters of keep_query
//     stay, in the order of that list. A fragment that is a route itself ("#/…",
//     "#!/…") stays and is treated as a path.
//   - With normalise it also loses path parameters (";jsessionid=…"), double
//     slashes and the slash at its end, and segments that are ids become
//     placeholders, see [appendSegment].
//   - A URL of http, https, ws or wss also loses scheme, user and default port; and
//     its host, unless host_path asks for it, in lower case. Other schemes
//     ("shop://cart/8841") stay in front, with their host.
//   - Anything else is a screen name. It loses a query and has its segments
//     normalised like a path.
//
// The name of a path's name is that name. With url all stays as it is.
type namer struct {
	whole, host, normalise bool
	keep                   []string
}

func newNamer(u URLs) *namer {
	return &namer{whole: u.Key == WholeURL, host: u.Key == HostPathKey, normalise: u.Normalise, keep: u.KeepQuery}
}

// appendPage appends the name of a page.
func (n *namer) appendPage(dst, raw []byte) []byte {
	if n.whole {
		return append(dst, raw...)
	}
	scheme, host, rest := splitURL(raw)
	switch {
	case len(scheme) > 0:
		dst = append(append(append(dst, scheme...), slashes...), host...)
	case n.host:
		dst = appendLower(dst, host)
	}
	if len(host) > 0 && (len(rest) == 0 || rest[0] != '/') {
		dst = append(dst, '/')
	}
	path, query, fragment := splitPath(rest)
	dst = n.appendQuery(n.appendPath(dst, path), query)
	route := bytes.TrimPrefix(fragment, []byte("!"))
	if len(route) == 0 || route[0] != '/' {
		return dst
	}
	path, query, _ = splitPath(route)
	dst = append(append(dst, '#'), fragment[:len(fragment)-len(route)]...)
	return n.appendQuery(n.appendPath(dst, path), query)
}

// appendOp appends the name of an operation: a URL or path, with or without a
// method and a space before it, is named like a page; anything else stays as it is.
func (n *namer) appendOp(dst, raw []byte) []byte {
	method := 0
	for method < len(raw) && raw[method]-'A' <= 'Z'-'A' {
		method++
	}
	if method == 0 || method == len(raw) || raw[method] != ' ' {
		method = 0
	} else {
		method++
	}
	url := raw[method:]
	if len(url) == 0 || url[0] != '/' && schemeEnd(url) == 0 {
		return append(dst, raw...)
	}
	return n.appendPage(append(dst, raw[:method]...), url)
}

// splitURL splits a URL into its scheme with the colon, unless it is one of the
// web, its host without user and default port, and the rest. Paths and screen
// names are all rest.
func splitURL(raw []byte) (scheme, host, rest []byte) {
	end := schemeEnd(raw)
	if end == 0 && !bytes.HasPrefix(raw, slashes) {
		return nil, nil, raw
	}
	rest = raw[end+len(slashes):]
	stop := bytes.IndexAny(rest, "/?#")
	if stop < 0 {
		stop = len(rest)
	}
	host, rest = rest[:stop], rest[stop:]
	if at := bytes.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	if end > 0 && !isWeb(raw[:end]) {
		return raw[:end], host, rest
	}
	for _, port := range []string{":80", ":443"} {
		host = bytes.TrimSuffix(host, []byte(port))
	}
	return nil, host, rest
}

var slashes = []byte("//")

// schemeEnd is the length of "scheme:" when "//" follows it, else 0.
func schemeEnd[T []byte | string](b T) int {
	i := 0
	for i < len(b) && (isLetter(b[i]) || i > 0 && (isDigit(b[i]) || b[i] == '+' || b[i] == '-' || b[i] == '.')) {
		i++
	}
	if i == 0 || i+3 > len(b) || string(b[i:i+3]) != "://" {
		return 0
	}
	return i + 1
}

func isWeb(scheme []byte) bool {
	for _, web := range []string{"https:", "http:", "wss:", "ws:"} {
		if len(scheme) == len(web) && strings.EqualFold(string(scheme), web) {
			return true
		}
	}
	return false
}

// splitPath cuts query and fragment off a path. In a screen name "#" is text.
func splitPath(b []byte) (path, query, fragment []byte) {
	if len(b) > 0 && (b[0] == '/' || b[0] == '?' || b[0] == '#') {
		b, fragment, _ = bytes.Cut(b, []byte("#"))
	}
	path, query, _ = bytes.Cut(b, []byte("?"))
	return path, query, fragment
}

func (n *namer) appendPath(dst, path []byte) []byte {
	if !n.normalise {
		return append(dst, path...)
	}
	start := len(dst)
	for i := 0; i < len(path); {
		if path[i] == '/' {
			if len(dst) == start || dst[len(dst)-1] != '/' {
				dst = append(dst, '/')
			}
			i++
			continue
		}
		end := i
		for end < len(path) && path[end] != '/' {
			end++
		}
		segment := path[i:end]
		if path[0] == '/' {
			segment, _, _ = bytes.Cut(segment, []byte(";"))
		}
		dst = appendSegment(dst, segment)
		i = end
	}
	if len(dst) > start+1 && dst[len(dst)-1] == '/' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// appendQuery appends the parameters to keep, the first of each name.
func (n *namer) appendQuery(dst, query []byte) []byte {
	separator := byte('?')
	for _, name := range n.keep {
		for rest := query; len(rest) > 0; {
			var pair []byte
			pair, rest, _ = bytes.Cut(rest, []byte("&"))
			if key, _, _ := bytes.Cut(pair, []byte("=")); string(key) == name {
				dst = append(append(dst, separator), pair...)
				separator = '&'
				break
			}
		}
	}
	return dst
}

func appendLower(dst, b []byte) []byte {
	start := len(dst)
	dst = append(dst, b...)
	for i, c := range dst[start:] {
		if c-'A' <= 'Z'-'A' {
			dst[start+i] = c | 0x20
		}
	}
	return dst
}

func isLetter(c byte) bool { return (c|0x20)-'a' <= 'z'-'a' }
func isDigit(c byte) bool  { return c-'0' <= 9 }
func isHex(c byte) bool    { return isDigit(c) || (c|0x20)-'a' <= 5 }

// appendSegment appends a segment of a path, or the placeholder that it is an
// example of:
//
//	:id     an integer, also before a file extension (8841, 8841.html)
//	:uuid   8-4-4-4-12 hexadecimal digits
//	:hash   8 or more hexadecimal digits, at least one of them from 0 to 9
//	:email  an address, its @ written as %40 or not
//	:token  20 or more letters and digits in a row that change between the two
//	        at least 3 times, alone or joined to more of the kind by . - _ ~ =
//
// Everything else stays: slugs, versions, names.
func appendSegment(dst, segment []byte) []byte {
	stem, extension := segment, []byte(nil)
	if dot := bytes.LastIndexByte(segment, '.'); dot > 0 && isExtension(segment[dot+1:]) {
		stem, extension = segment[:dot], segment[dot:]
	}
	if name := idKind(stem); name != "" {
		return append(append(dst, name...), extension...)
	}
	switch {
	case isEmail(segment):
		return append(dst, ":email"...)
	case isToken(segment):
		return append(dst, ":token"...)
	}
	return append(dst, segment...)
}

func isExtension(b []byte) bool {
	return len(b) >= 1 && len(b) <= 5 && !slices.ContainsFunc(b, func(c byte) bool { return !isLetter(c) })
}

// idKind is the placeholder of an integer, UUID or hash, "" for anything else.
func idKind(b []byte) string {
	figures, hexes := 0, 0
	for _, c := range b {
		ok := isHex(c)
		switch {
		case isDigit(c):
			figures++
		case ok:
			hexes++
		case c != '-' || len(b) != 36:
			return ""
		}
	}
	switch {
	case len(b) > 0 && figures == len(b):
		return ":id"
	case figures+hexes == 32 && len(b) == 36 && b[8] == '-' && b[13] == '-' && b[18] == '-' && b[23] == '-':
		return ":uuid"
	case figures+hexes == len(b) && len(b) >= 8 && figures > 0:
		return ":hash"
	}
	return ""
}

func isEmail(b []byte) bool {
	at, width := bytes.IndexByte(b, '@'), 1
	if at < 0 {
		at, width = bytes.Index(b, []byte("%40")), 3
	}
	if at < 1 {
		return false
	}
	domain := b[at+width:]
	dot := bytes.LastIndexByte(domain, '.')
	return dot > 0 && dot < len(domain)-1
}

const (
	tokenBytes   = 20
	tokenChanges = 3
)

func isToken(b []byte) bool {
	if len(b) < tokenBytes {
		return false
	}
	found, run, changes := false, 0, 0
	for i, c := range b {
		switch {
		case !isLetter(c) && !isDigit(c):
			if c != '.' && c != '-' && c != '_' && c != '~' && c != '=' {
				return false
			}
			run, changes = 0, 0
			continue
		case run > 0 && isDigit(c) != isDigit(b[i-1]):
			changes++
		}
		run++
		found = found || run >= tokenBytes && changes >= tokenChanges
	}
	return found
}
