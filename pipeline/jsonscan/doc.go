// Package jsonscan walks over a JSON text and validates it, without building a
// tree and without copying.
//
// Owns: the grammar of RFC 8259, with NaN, Infinity, True and the like. In: bytes. Out: indexes into them, the text of
// strings, and where a text stops being JSON.
// May not: know what the members of an object mean; recurse (nesting is held in one
// bit a level, so no text can exhaust the stack); allocate, apart from strings with
// escapes and nesting deeper than any before.
//
// UTF-8 is not checked here: [Scanner.MayHoldUTF8] says whether the caller has to.
//
// # Use
//
//	var s jsonscan.Scanner
//	s.Reset(text)
//	i, more := s.Open(jsonscan.SkipSpace(text, 0)) // text[i] is '{'
//	for more && i >= 0 {
//		var name []byte
//		name, i = s.Name(i)
//		i = s.Skip(i, 1) // or String, Number, Literal, by text[i]
//		i, more = s.Next(i, '}')
//	}
//
// What it gains over go-faster/jx is measured by make bench; see
// docs/decisions/0008-2026-11-22-own-json-scanner.md.
package jsonscan
