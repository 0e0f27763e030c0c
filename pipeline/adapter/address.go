package adapter

import (
	"bytes"

	"friction/pipeline/fields"
)

// client is the address of a client: without its port, so that every connection is
// not another user, and of a list of forwarded addresses the first.
func client(text []byte) []byte {
	if bytes.IndexByte(text, ',') >= 0 {
		if first := firstAddress(text); first != nil {
			return first
		}
		text, _, _ = bytes.Cut(text, []byte(","))
	}
	return withoutPort(text)
}

// firstAddress is the first address of a list; nil if there is none. What is no
// address, such as unknown, is passed over.
func firstAddress(list []byte) []byte {
	for more := true; more; {
		var text []byte
		text, list, more = bytes.Cut(list, []byte(","))
		if text = withoutPort(bytes.Trim(text, ` "`)); isAddress(text) {
			return text
		}
	}
	return nil
}

// withoutPort removes the port of 192.0.2.1:443 and [2001:db8::1]:443, and nothing
// from a name.
func withoutPort(text []byte) []byte {
	if len(text) > 0 && text[0] == '[' {
		if end := bytes.IndexByte(text, ']'); end > 0 {
			return text[1:end]
		}
	}
	if host, _, ok := bytes.Cut(text, []byte(":")); ok && isAddress(host) {
		return host
	}
	return text
}

// isAddress is true for what is written like an IPv4 or IPv6 address.
func isAddress(text []byte) bool {
	dots, colons := 0, 0
	for _, c := range text {
		switch {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case fields.IsDigit(c):
		case (c|0x20)-'a' <= 5: // of IPv6
			if colons == 0 && bytes.IndexByte(text, ':') < 0 {
				return false
			}
		default:
			return false
		}
	}
	return dots == 3 && (colons == 0 || colons >= 2) && len(text) >= 7 || dots == 0 && colons >= 2
}
