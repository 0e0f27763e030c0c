package fields

import (
	"bytes"
	"slices"
)

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
	return len(b) >= 1 && len(b) <= 5 && !slices.ContainsFunc(b, func(c byte) bool { return !IsLetter(c) })
}

// idKind is the placeholder of an integer, UUID or hash, "" for anything else.
func idKind(b []byte) string {
	figures, hexes := 0, 0
	for _, c := range b {
		ok := isHex(c)
		switch {
		case IsDigit(c):
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
		case !IsLetter(c) && !IsDigit(c):
			if c != '.' && c != '-' && c != '_' && c != '~' && c != '=' {
				return false
			}
			run, changes = 0, 0
			continue
		case run > 0 && IsDigit(c) != IsDigit(b[i-1]):
			changes++
		}
		run++
		found = found || run >= tokenBytes && changes >= tokenChanges
	}
	return found
}
