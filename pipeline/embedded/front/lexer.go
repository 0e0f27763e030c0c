package front

import "strings"

// tokenKind is as fine as the questions below need.
type tokenKind int

const (
	tokenEnd     tokenKind = iota
	tokenWord              // a keyword or bare name
	tokenQuoted            // a name in `backticks` or "quotes"
	tokenString            // a 'string' or $heredoc$
	tokenOther             // numbers and punctuation
	tokenUnclear           // all from a character on that is not plain, when the lexer is strict
)

type token struct {
	kind       tokenKind
	text       string
	start, end int // byte positions in the statement
}

func (t token) is(keyword string) bool {
	return t.kind == tokenWord && strings.EqualFold(t.text, keyword)
}

// name is a name as names are compared, without its quotes; empty for anything else.
func (t token) name() string {
	switch t.kind {
	case tokenWord:
		return strings.ToLower(t.text)
	case tokenQuoted:
		return strings.ToLower(strings.Trim(t.text, "`\""))
	}
	return ""
}

// lexer cuts SQL into tokens, just well enough not to be misled by names, strings and comments. It never fails: an
// unclosed string ends with the text, and the engine will say what is wrong with it.
//
// Strict, it stops at the first character outside of strings, quoted names and comments that is not plain SQL: the engine
// knows more kinds of spaces, quotes and names than this does.
type lexer struct {
	sql    string
	pos    int
	strict bool
}

// next returns the next token, tokenEnd after the last one. Comments and white space are skipped.
func (l *lexer) next() token {
	l.skipSpace()
	start := l.pos
	if start >= len(l.sql) {
		return token{kind: tokenEnd, start: start, end: start}
	}
	c := l.sql[start]
	if l.strict && !isPlain(c) {
		return token{kind: tokenUnclear, text: l.sql[start:], start: start, end: len(l.sql)}
	}
	kind := tokenOther
	switch {
	case isWordByte(c) && (c < '0' || c > '9'):
		kind = tokenWord
		l.pos = start + wordLength(l.sql[start:])
	case c == '`' || c == '"':
		kind = tokenQuoted
		l.pos = l.closing(c)
	case c == '\'':
		kind = tokenString
		l.pos = l.closing(c)
	case c == '$':
		kind = tokenString
		l.pos = l.heredocEnd()
	case isWordByte(c):
		l.pos = start + wordLength(l.sql[start:])
	default:
		l.pos = start + 1
	}
	if l.strict && kind == tokenWord && !isASCII(l.sql[start:l.pos]) {
		return token{kind: tokenUnclear, text: l.sql[start:], start: start, end: len(l.sql)}
	}
	return token{kind: kind, text: l.sql[start:l.pos], start: start, end: l.pos}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// isPlain says whether a character means the same to the engine and to this lexer, outside of strings.
func isPlain(c byte) bool { return c > ' ' && c < 0x7f && c != '$' && c != '#' }

func (l *lexer) skipSpace() {
	for l.pos < len(l.sql) {
		rest := l.sql[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			l.pos++
		case l.strict && rest[0] == '#':
			return
		case strings.HasPrefix(rest, "--"), rest[0] == '#':
			l.pos += through(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			l.pos += 2 + through(rest[2:], "*/")
		default:
			return
		}
	}
}

// closing returns the position after the quote that closes the one at pos; a quote is escaped by a backslash or by
// being doubled.
func (l *lexer) closing(quote byte) int {
	for i := l.pos + 1; i < len(l.sql); i++ {
		switch {
		case l.sql[i] == '\\':
			i++
		case l.sql[i] == quote && i+1 < len(l.sql) && l.sql[i+1] == quote:
			i++
		case l.sql[i] == quote:
			return i + 1
		}
	}
	return len(l.sql)
}

// heredocEnd returns the position after $tag$…$tag$, or after the lone dollar.
func (l *lexer) heredocEnd() int {
	rest := l.sql[l.pos:]
	n := 1 + wordLength(rest[1:])
	if n >= len(rest) || rest[n] != '$' {
		return l.pos + 1
	}
	tag := rest[:n+1]
	return l.pos + len(tag) + through(rest[len(tag):], tag)
}

// through returns the length of s up to and with mark, or of all of it.
func through(s, mark string) int {
	if i := strings.Index(s, mark); i >= 0 {
		return i + len(mark)
	}
	return len(s)
}

func wordLength(s string) int {
	n := 0
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	return n
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// insertData is an INSERT that is followed by rows.
type insertData struct {
	sql    string // the statement up to FORMAT or VALUES
	format string
	rows   int // where the rows begin in the text
}

// splitInsert takes apart "INSERT INTO … FORMAT f rows" and "INSERT INTO … VALUES rows". It answers false for all
// else, INSERT … SELECT among it.
func splitInsert(text string) (insertData, bool) {
	l := &lexer{sql: text}
	if !l.next().is("INSERT") || !l.skipTarget() {
		return insertData{}, false
	}
	depth := 0
	for opened := false; ; {
		t := l.next()
		inner := opened && (t.is("SELECT") || t.is("WITH"))
		opened = t.text == "("
		switch {
		case inner:
			return insertData{}, false // INSERT INTO t (SELECT …)
		case t.kind == tokenEnd:
			return insertData{sql: text, format: "Values", rows: len(text)}, true
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case depth != 0:
		case t.is("VALUES"):
			return insertData{sql: text[:t.start], format: "Values", rows: t.end}, true
		case t.is("FORMAT"):
			name := l.next()
			return insertData{sql: text[:t.start], format: name.text, rows: rowsAfter(text, name.end)}, name.kind == tokenWord
		case t.is("SELECT"), t.is("WITH"), t.is("FROM"), t.text == ";":
			return insertData{}, false
		}
	}
}

// skipTarget reads INTO [TABLE] [FUNCTION] and the name, so that a table called "values" is no keyword.
func (l *lexer) skipTarget() bool {
	t := l.next()
	if !t.is("INTO") {
		return false
	}
	for t = l.next(); t.is("TABLE") || t.is("FUNCTION"); {
		after := *l
		following := after.next()
		if following.kind != tokenWord && following.kind != tokenQuoted {
			break // the table itself is called so
		}
		t = l.next()
	}
	for {
		if t.kind != tokenWord && t.kind != tokenQuoted {
			return false
		}
		after := *l
		if after.next().text != "." {
			return true
		}
		*l = after
		t = l.next()
	}
}

// rowsAfter skips what stands between the name of a format and the first byte of its rows: blanks and one line end,
// and no more, because a row may begin with anything.
func rowsAfter(text string, pos int) int {
	for pos < len(text) && (text[pos] == ' ' || text[pos] == '\t' || text[pos] == ';') {
		pos++
	}
	if strings.HasPrefix(text[pos:], "\r\n") {
		return pos + 2
	}
	if strings.HasPrefix(text[pos:], "\n") {
		return pos + 1
	}
	return pos
}

// resultFormat returns the format a statement names for its result, or "".
func resultFormat(text string) string {
	l := &lexer{sql: text}
	depth := 0
	for {
		t := l.next()
		switch {
		case t.kind == tokenEnd:
			return ""
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case depth == 0 && t.is("FORMAT"):
			after := *l
			name, end := after.next(), after.next()
			if name.kind == tokenWord && (end.kind == tokenEnd || end.text == ";" || end.is("SETTINGS")) {
				return name.text
			}
		}
	}
}
