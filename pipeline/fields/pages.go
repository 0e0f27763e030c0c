package fields

import (
	"bytes"
	"strings"
)

// Namer makes the name of a page or operation from a URL, a path or a screen
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
type Namer struct {
	whole, host, normalise bool
	keep                   []string
}

// NewNamer returns a namer.
func NewNamer(u URLs) *Namer {
	return &Namer{whole: u.Key == WholeURL, host: u.Key == HostPathKey, normalise: u.Normalise, keep: u.KeepQuery}
}

// AppendPage appends the name of a page.
func (n *Namer) AppendPage(dst, raw []byte) []byte {
	if n.whole {
		return append(dst, raw...)
	}
	scheme, host, rest := splitURL(raw)
	switch {
	case len(scheme) > 0:
		dst = append(append(append(dst, scheme...), slashes...), host...)
	case n.host:
		dst = AppendLower(dst, host)
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

// AppendOp appends the name of an operation: a URL or path, with or without a
// method and a space before it, is named like a page; anything else stays as it is.
func (n *Namer) AppendOp(dst, raw []byte) []byte {
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
	return n.AppendPage(append(dst, raw[:method]...), url)
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
	for i < len(b) && (IsLetter(b[i]) || i > 0 && (IsDigit(b[i]) || b[i] == '+' || b[i] == '-' || b[i] == '.')) {
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

// Path is the path of a URL's path with query and fragment.
func Path(target []byte) []byte {
	path, _, _ := splitPath(target)
	return path
}

// splitPath cuts query and fragment off a path. In a screen name "#" is text.
func splitPath(b []byte) (path, query, fragment []byte) {
	if len(b) > 0 && (b[0] == '/' || b[0] == '?' || b[0] == '#') {
		b, fragment, _ = bytes.Cut(b, []byte("#"))
	}
	path, query, _ = bytes.Cut(b, []byte("?"))
	return path, query, fragment
}

func (n *Namer) appendPath(dst, path []byte) []byte {
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
func (n *Namer) appendQuery(dst, query []byte) []byte {
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

// AppendLower appends b with the letters A to Z in lower case.
func AppendLower(dst, b []byte) []byte {
	start := len(dst)
	dst = append(dst, b...)
	for i, c := range dst[start:] {
		if c-'A' <= 'Z'-'A' {
			dst[start+i] = c | 0x20
		}
	}
	return dst
}

// IsLetter is true for A to Z and a to z.
func IsLetter(c byte) bool { return (c|0x20)-'a' <= 'z'-'a' }

// IsDigit is true for 0 to 9.
func IsDigit(c byte) bool { return c-'0' <= 9 }

func isHex(c byte) bool { return IsDigit(c) || (c|0x20)-'a' <= 5 }
