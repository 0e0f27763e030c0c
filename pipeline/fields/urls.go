package fields

import (
	"bytes"
	"strings"
)

// WithoutQuery removes user, query and fragment from a URL, query and fragment from
// a path that begins with a slash. Other text stays as it is.
func WithoutQuery(b []byte) []byte {
	scheme := schemeEnd(b)
	if scheme == 0 && !bytes.HasPrefix(b, slashes[:1]) {
		return b
	}
	if end := bytes.IndexAny(b, "?#"); end >= 0 {
		b = b[:end]
	}
	if scheme == 0 {
		return b
	}
	start := scheme + len(slashes)
	host, path, _ := bytes.Cut(b[start:], slashes[:1])
	at := bytes.LastIndexByte(host, '@') + 1
	if at == 0 {
		return b
	}
	clean := append(b[:start:start], host[at:]...)
	if len(b) > start+len(host) {
		clean = append(append(clean, '/'), path...)
	}
	return clean
}

// CleanHref is what is kept of a link: without user, query and fragment, and of a
// scheme that holds data or an address (mailto:, data:) only the scheme.
func CleanHref(link string) string {
	if schemeEnd(link) > 0 {
		return string(WithoutQuery([]byte(link)))
	}
	end := strings.IndexAny(link, "?#")
	switch colon := strings.IndexByte(link, ':'); {
	case end == 0 && link[0] == '#':
		return "#"
	case colon > 0 && (end < 0 || colon < end) && !strings.Contains(link[:colon], "/"):
		return link[:colon+1]
	case end >= 0:
		return link[:end]
	}
	return link
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
