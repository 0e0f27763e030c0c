package fields

import (
	"bytes"
	"slices"
)

// appendSegment appends a segment of a path that is not the status of an error page,
// or the placeholder that it is an example of. docs/events.md lists the kinds with
// examples, and a test holds that list against this code.
//
// What is no clear id stays: names with a number in them are more often names.
func appendSegment(dst, segment []byte) []byte {
	stem, extension := segment, []byte(nil)
	if dot := bytes.LastIndexByte(segment, '.'); dot > 0 && isExtension(segment[dot+1:]) {
		stem, extension = segment[:dot], segment[dot:]
	}
	switch name := numericKind(stem); {
	case name != "":
		return append(append(dst, name...), extension...)
	case isEmail(segment):
		return append(dst, ":email"...)
	case isToken(segment):
		return append(dst, ":token"...)
	case isShortToken(stem):
		return append(append(dst, ":token"...), extension...)
	case isIDWord(stem), isPrefixedID(stem), isSlugWithID(stem):
		return append(append(dst, ":id"...), extension...)
	}
	return append(dst, segment...)
}

func isExtension(b []byte) bool {
	return len(b) >= 1 && len(b) <= 5 && letters(b) == len(b)
}

// numericKind is the placeholder of what has no other letters than those of
// hexadecimal numbers, "" for anything else.
func numericKind(b []byte) string {
	figures, hexes, hyphens, commas := 0, 0, 0, 0
	for _, c := range b {
		switch {
		case IsDigit(c):
			figures++
		case isHex(c):
			hexes++
		case c == '-':
			hyphens++
		case c == ',':
			commas++
		default:
			return ""
		}
	}
	switch n := len(b); {
	case figures == n && n > 0, figures > 0 && figures+commas == n && b[0] != ',':
		return ":id"
	case isUUID(b):
		return ":uuid"
	case isDay(b), n == 7 && isDay(append(b[:n:n], "-01"...)):
		return ":date"
	case figures >= 8 && figures+hyphens == n && b[0] != '-':
		return ":id" // the number of a book or telephone
	case figures+hexes == n && n >= 8 && figures > 0:
		return ":hash"
	}
	return ""
}

// isDay reports whether b is a year, a month and a day.
func isDay(b []byte) bool {
	return len(b) == 10 && b[4] == '-' && b[7] == '-' && two(b) <= 99 && isYear(b[:4]) && digits(b, 2) == 4 && two(b[5:]) >= 1 && two(b[5:]) <= 12 &&
		two(b[8:]) >= 1 && two(b[8:]) <= 31
}

// isUUID reports whether b is 8-4-4-4-12 hexadecimal digits.
func isUUID(b []byte) bool {
	if len(b) != 36 {
		return false
	}
	for i, c := range b {
		if hyphen := i == 8 || i == 13 || i == 18 || i == 23; hyphen != (c == '-') || !hyphen && !isHex(c) {
			return false
		}
	}
	return true
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

// isPrefixedID reports whether b is words and an id joined by underscores:
// usr_8f3Kd92LmQ, cs_test_a1B2c3, order_10023. Behind a prefix that programs use for
// ids a shorter one will do.
func isPrefixedID(b []byte) bool {
	cut := bytes.LastIndexByte(b, '_')
	if cut < 1 || slices.ContainsFunc(b[:cut], func(c byte) bool { return !IsLetter(c) && c != '_' }) {
		return false
	}
	id := b[cut+1:]
	w := lookAt(id)
	switch {
	case !w.plain || w.digits == 0:
		return false
	case isIDWord(id), isShortToken(id), isHexWord(id):
		return true
	}
	var short [maxPrefix]byte
	return cut <= maxPrefix && len(id) >= 4 && !isYear(id) && (w.digits >= 3 || w.changes >= 2) && idPrefixes[string(AppendLower(short[:0], b[:cut]))]
}

const maxPrefix = 8

// idPrefixes are words that stand before the id of a thing.
var idPrefixes = map[string]bool{
	"acc": true, "account": true, "acct": true, "app": true, "ca": true, "cart": true, "ch": true, "cus": true, "cust": true, "customer": true,
	"doc": true, "evt": true, "file": true, "id": true, "in": true, "inv": true, "invoice": true, "item": true, "msg": true, "ord": true,
	"order": true, "org": true, "pay": true, "pi": true, "pm": true, "price": true, "prod": true, "product": true, "re": true, "req": true,
	"sess": true, "session": true, "si": true, "sku": true, "sub": true, "team": true, "tok": true, "txn": true, "u": true, "user": true,
	"usr": true, "ws": true,
}

// isSlugWithID reports whether b is words joined by hyphens with an id at either end:
// 4711-how-to-plant-a-tree, red-shoes-10023, ORD-2025-001234, title-550e8400-e29b-…,
// 2026-03-01-a-title.
func isSlugWithID(b []byte) bool {
	first := bytes.IndexByte(b, '-')
	if len(b) > 37 && b[len(b)-37] == '-' && isUUID(b[len(b)-36:]) {
		return true
	}
	if first < 1 || first == len(b)-1 {
		return false
	}
	if len(b) > 37 && b[36] == '-' && isUUID(b[:36]) {
		return true
	}
	if len(b) > 11 && (b[10] == '-' && isDay(b[:10]) || b[len(b)-11] == '-' && isDay(b[len(b)-10:])) {
		return true
	}
	head, tail := b[:first], b[first+1:]
	last := tail[bytes.LastIndexByte(tail, '-')+1:]
	before := bytes.TrimSuffix(b[:len(b)-len(last)], []byte("-"))
	before = before[bytes.LastIndexByte(before, '-')+1:]
	switch {
	case IsLetter(tail[0]) && (isFirstID(head) || isHexWord(head) || isShortToken(head)):
		return true
	case isNumbered(before):
		return false
	case isIDWord(last), isHexWord(last), isShortToken(last):
		return true
	}
	// An upper-case code: INV-0042, PROJ-1234.
	if isGroupedCode(b) {
		return true
	}
	w := lookAt(head)
	number := lookAt(last)
	return w.upper == len(head) && len(head) >= 2 && number.digits == len(last) && len(last) >= 3 && !isYear(last) && len(head)+1+len(last) == len(b)
}

// isGroupedCode reports whether b is capital letters and figures in groups, which
// change between the two as a short token does: A1B2-C3D4-E5F6.
func isGroupedCode(b []byte) bool {
	w := lookAt(b)
	return w.lower == 0 && w.upper+w.digits+bytes.Count(b, []byte("-")) == len(b) && w.changes >= 6 && 2*w.changes >= len(b)
}

// isFirstID reports whether a word at the start of a slug is an id. Of four digits are
// also years and round numbers.
func isFirstID(b []byte) bool {
	if len(b) == 4 && lookAt(b).digits == 4 {
		return !isYear(b) && (b[2] != '0' || b[3] != '0')
	}
	return isIDWord(b)
}

// isYear reports whether four digits are a year that people write about.
func isYear(b []byte) bool { return len(b) == 4 && (string(b[:2]) == "19" || string(b[:2]) == "20") }

// isIDWord reports whether b is five digits or more, or four that begin with zero,
// behind three letters at most.
func isIDWord(b []byte) bool {
	n := letters(b)
	figures := len(b) - n
	return n <= 3 && digits(b, n) == len(b) && (figures >= 5 || figures == 4 && n == 0 && b[0] == '0')
}

// isHexWord reports whether b is at least eight hexadecimal digits, letters among them.
func isHexWord(b []byte) bool {
	return len(b) >= 8 && numericKind(b) == ":hash" && lookAt(b).digits > 1
}

// isNumbered reports whether a number behind this word is part of a name.
func isNumbered(word []byte) bool {
	switch string(word) {
	case "iso", "ISO", "iec", "IEC", "din", "DIN", "en", "EN", "ieee", "IEEE", "rfc", "RFC", "zip", "ZIP", "plz", "PLZ", "form",
		"sha", "SHA", "utf", "UTF", "windows", "area":
		return true
	}
	return false
}

// look is what a word is made of.
type look struct {
	plain                bool // nothing but letters and digits
	digits, upper, lower int
	changes              int // between letters and digits
}

func lookAt(b []byte) look {
	w := look{plain: true}
	for i, c := range b {
		switch {
		case IsDigit(c):
			w.digits++
		case c-'A' <= 'Z'-'A':
			w.upper++
		case IsLetter(c):
			w.lower++
		default:
			w.plain = false
			continue
		}
		if i > 0 && IsDigit(c) != IsDigit(b[i-1]) && (IsLetter(c) || IsLetter(b[i-1])) {
			w.changes++
		}
	}
	return w
}

// isShortToken reports whether b is letters and digits that change so often that they
// are no word: dQw4w9WgXcQ, 5f3a9c1. Where the case of letters is mixed, three
// changes will do, else four; and one of three places is a change.
func isShortToken(b []byte) bool {
	const shortest = 6
	if len(b) < shortest {
		return false
	}
	w, enough := lookAt(b), 4
	if w.upper > 0 && w.lower > 0 {
		enough = 3
	}
	return w.plain && w.changes >= enough && 3*w.changes >= len(b)
}

const (
	tokenBytes   = 20
	tokenChanges = 3
)

// isToken reports whether b is letters and digits with at most . - _ ~ = between them,
// of which a run of 20 changes between the two at least 3 times; or of mixed case, 16
// bytes or more, where one of four is a change.
func isToken(b []byte) bool {
	const mixedBytes = 16
	if len(b) < mixedBytes {
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
	w := lookAt(b)
	return found || w.upper > 0 && w.lower > 0 && 4*w.changes >= len(b)
}
