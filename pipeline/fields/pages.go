package fields

import (
	"bytes"
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

// appendPath appends a path; normalised, it has no double slashes, no parameters, no
// slash at its end, and placeholders for ids.
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
