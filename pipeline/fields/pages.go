package fields

import (
	"bytes"

	"friction/pipeline/glob"
)

// Namer makes the name of a page or operation from a URL, a path or a screen
// name, as [URLs] says:
//
//   - A path loses its query and its fragment. The query parameters of keep_query
//     stay, in the order of that list. A fragment that is a route itself ("#/…",
//     "#!/…") stays and is treated as a path.
//   - With normalise it also loses path parameters (";jsessionid=…"), double
//     slashes, the slash at its end and percent-encoding that it does not need
//     ([appendUnescaped]), and segments that are ids become placeholders, see
//     [appendSegment].
//   - A URL of http, https, ws or wss also loses scheme, user and default port; and
//     its host, unless host_path asks for it, in lower case. Other schemes
//     ("shop://cart/8841") stay in front, with their host.
//   - Anything else is a screen name. It loses a query and has its segments
//     normalised like a path.
//   - The first of the rules that matches what would be the name without placeholders
//     and queries gives the name instead; parameters of keep_query stay behind it.
//
// The name of a path's name is that name. With url all stays as it is, unless a rule
// matches it.
type Namer struct {
	whole, host, normalise bool
	keep                   []string
	rules                  []PageRule
	bare, segment          []byte // scratch
}

// NewNamer returns a namer. It is not safe for concurrent use.
func NewNamer(u URLs) *Namer {
	return &Namer{whole: u.Key == WholeURL, host: u.Key == HostPathKey, normalise: u.Normalise, keep: u.KeepQuery, rules: u.Rules}
}

// PageRule names pages that are one to whoever reads the numbers.
type PageRule struct {
	// Match is a glob over the page as it would be named without placeholders and queries: * stands for any characters but /, ** for any at all.
	Match string `yaml:"match"`
	// Name is the name of all pages that match.
	Name string `yaml:"name"`
}

// AppendPage appends the name of a page.
func (n *Namer) AppendPage(dst, raw []byte) []byte {
	if len(n.rules) > 0 {
		if name, ok := n.ruled(raw); ok {
			return n.appendKept(append(dst, name...), raw)
		}
	}
	if n.whole {
		return append(dst, raw...)
	}
	return n.appendName(dst, raw, true)
}

// ruled is the name that a rule gives to a page.
func (n *Namer) ruled(raw []byte) (name string, ok bool) {
	if n.bare = append(n.bare[:0], raw...); !n.whole {
		n.bare = n.appendName(n.bare[:0], raw, false)
	}
	text := string(n.bare)
	for i := range n.rules {
		if glob.Match(n.rules[i].Match, text) {
			return n.rules[i].Name, true
		}
	}
	return "", false
}

// appendKept appends the parameters to keep of a page that a rule names.
func (n *Namer) appendKept(dst, raw []byte) []byte {
	if n.whole || len(n.keep) == 0 {
		return dst
	}
	_, _, rest := splitURL(raw)
	_, query, fragment := splitPath(rest)
	if len(query) == 0 {
		_, query, _ = splitPath(bytes.TrimPrefix(fragment, []byte("!")))
	}
	return n.appendQuery(dst, query)
}

// appendName appends the name of a page by the rules that are built in; without fold
// it has neither placeholders nor queries.
func (n *Namer) appendName(dst, raw []byte, fold bool) []byte {
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
	dst = n.appendPath(dst, path, fold)
	if fold {
		dst = n.appendQuery(dst, query)
	}
	route := bytes.TrimPrefix(fragment, []byte("!"))
	if len(route) == 0 || route[0] != '/' {
		return dst
	}
	path, query, _ = splitPath(route)
	dst = append(append(dst, '#'), fragment[:len(fragment)-len(route)]...)
	if dst = n.appendPath(dst, path, fold); !fold {
		return dst
	}
	return n.appendQuery(dst, query)
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
// slash at its end, and with fold placeholders for ids.
func (n *Namer) appendPath(dst, path []byte, fold bool) []byte {
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
			if bytes.IndexByte(segment, '%') >= 0 {
				n.segment = appendUnescaped(n.segment[:0], segment)
				segment = n.segment
			}
		}
		if fold && !isStatusPage(dst[start:], segment) {
			dst = appendSegment(dst, segment)
		} else {
			dst = append(dst, segment...)
		}
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
