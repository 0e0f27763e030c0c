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
