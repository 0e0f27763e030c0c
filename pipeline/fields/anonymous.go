package fields

import "bytes"

// AppendAnonymous appends a text with placeholders for e-mail addresses, ids, hashes, tokens and numbers, wherever in it
// they are. In a path or operation every number that is a word of its own counts; in other text a number has four digits
// or more, because the code of an error names nobody.
func AppendAnonymous(dst, text []byte, path bool) []byte {
	for i := 0; i < len(text); {
		if !isWordByte(text[i]) {
			dst = append(dst, text[i])
			i++
			continue
		}
		end := i
		for end < len(text) && isWordByte(text[end]) {
			end++
		}
		dst = appendAnonymousWord(dst, text[i:end], path)
		i = end
	}
	return dst
}

// isWordByte reports what ids, e-mail addresses and tokens are made of.
func isWordByte(c byte) bool {
	return IsLetter(c) || IsDigit(c) || c >= 0x80 || c == '.' || c == '-' || c == '_' || c == '~' || c == '@' || c == '%' || c == '+'
}

const joints = ".-_~+@%"

// appendAnonymousWord appends a word, or what it is an example of. Of a word that is none, each part is looked at.
func appendAnonymousWord(dst, word []byte, path bool) []byte {
	core := bytes.Trim(word, joints)
	before := word[:len(word)-len(bytes.TrimLeft(word, joints))]
	if len(core) == 0 {
		return append(dst, word...)
	}
	after := word[len(before)+len(core):]
	dst = append(dst, before...)
	start := len(dst)
	if path || len(core) >= leastNumber {
		dst = appendSegment(dst, core)
	} else {
		dst = append(dst, core...)
	}
	if bytes.Equal(dst[start:], core) {
		dst = appendAnonymousParts(dst[:start], core)
	}
	return append(dst, after...)
}

// leastNumber is how long a part of a word is at least that counts as an id.
const leastNumber = 4

// appendAnonymousParts appends the parts of a word with placeholders for those that are ids.
func appendAnonymousParts(dst, word []byte) []byte {
	if isAddress(word) {
		return append(dst, ":ip"...)
	}
	for len(word) > 0 {
		end := bytes.IndexAny(word, joints)
		switch {
		case end == 0:
			dst, word = append(dst, word[0]), word[1:]
			continue
		case end < 0:
			end = len(word)
		}
		if part := word[:end]; len(part) >= leastNumber {
			dst = appendSegment(dst, part)
		} else {
			dst = append(dst, part...)
		}
		word = word[end:]
	}
	return dst
}

// isAddress reports whether a word is an IPv4 address.
func isAddress(word []byte) bool {
	dots := 0
	for i, c := range word {
		switch {
		case c == '.' && i > 0 && word[i-1] != '.':
			dots++
		case !IsDigit(c):
			return false
		}
	}
	return dots == 3
}

// AppendReplaced appends a text with another in place of an id, wherever it is a word of its own; an id of six bytes or
// more is replaced inside words, too. Letters may be of either case.
func AppendReplaced(dst, text []byte, id, with string) []byte {
	const long = 6
	for i := 0; i < len(text); {
		end := i + len(id)
		if end <= len(text) && bytes.EqualFold(text[i:end], []byte(id)) && (len(id) >= long || isEdge(text, i) && isEdge(text, end)) {
			dst, i = append(dst, with...), end
			continue
		}
		dst = append(dst, text[i])
		i++
	}
	return dst
}

// isEdge reports that no word goes on at i.
func isEdge(text []byte, i int) bool {
	plain := func(c byte) bool { return IsLetter(c) || IsDigit(c) || c >= 0x80 }
	return i == 0 || i == len(text) || !plain(text[i-1]) || !plain(text[i])
}

// AppendPlain appends a text without percent-encoding, so that what is hidden in it can be found.
func AppendPlain(dst, text []byte) []byte {
	if bytes.IndexByte(text, '%') < 0 {
		return append(dst, text...)
	}
	return appendUnescaped(dst, text)
}
