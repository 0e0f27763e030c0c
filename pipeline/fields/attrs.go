package fields

import "friction/pipeline/event"

// AttrName returns the name of the next attribute. Trackers write attributes in the
// same order time and again, so that one comparison mostly saves looking it up.
func (b *Builder) AttrName(name []byte) string {
	i := len(b.attrs)
	if i < len(b.names) && b.names[i] == string(name) {
		return b.names[i]
	}
	text := b.Text(name)
	switch {
	case len(text) < len(name): // it was cut, which has to be counted each time
	case i < len(b.names):
		b.names[i] = text
	case i == len(b.names):
		b.names = append(b.names, text)
	}
	return text
}

// AddAttr gives the event an attribute; a later value of the same name wins.
func (b *Builder) AddAttr(name string, value []byte) {
	value = b.Cut(WithoutQuery(value))
	for i := range b.attrs {
		if sameName(b.attrs[i].Name, name) {
			b.attrs[i].Value = b.pool.copy(value)
			return
		}
	}
	if len(b.attrs) >= b.cfg.MaxAttrs {
		b.counts.DroppedAttrs++
		return
	}
	b.attrs = append(b.attrs, event.Attr{Name: name, Value: b.pool.copy(value)})
}

// sameName compares the last byte first: names of one event are often of one
// length and begin alike.
func sameName(a, b string) bool {
	return len(a) == len(b) && (a == "" || a[len(a)-1] == b[len(b)-1] && a == b)
}
