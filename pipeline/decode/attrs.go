package decode

import (
	"bytes"
	"strings"

	"friction/pipeline/event"
)

// addAttr gives the event an attribute; a later value of the same name wins.
func (d *Decoder) addAttr(name string, value []byte) {
	value = d.cut(withoutQuery(value))
	for i := range d.attrs {
		if d.attrs[i].Name == name {
			d.attrs[i].Value = d.pool.copy(value)
			return
		}
	}
	if len(d.attrs) >= d.cfg.MaxAttrs {
		d.counts.DroppedAttrs++
		return
	}
	d.attrs = append(d.attrs, event.Attr{Name: name, Value: d.pool.copy(value)})
}

// withoutQuery takes user, query and fragment from a URL, query and fragment from
// a path that begins with a slash; other text stays as it is.
func withoutQuery(b []byte) []byte {
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

// cleanHref is what is kept of a link: without user, query and fragment, and of a
// scheme that holds data or an address (mailto:, data:) only the scheme.
func cleanHref(link string) string {
	if schemeEnd(link) > 0 {
		return string(withoutQuery([]byte(link)))
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
