package migrate

import "strings"

// scanner walks over SQL without being misled by quotes and comments.
type scanner struct {
	text string
	pos  int
}

// pieceKind is what next found.
type pieceKind uint8

const (
	atEnd   pieceKind = iota
	plain             // one byte outside quotes and comments
	quoted            // a whole 'string', "name" or `name`
	comment           // a whole comment
)

// next returns the piece at the position and moves behind it. An unclosed quote
// or comment reaches to the end.
func (s *scanner) next() (string, pieceKind) {
	if s.pos >= len(s.text) {
		return "", atEnd
	}
	rest := s.text[s.pos:]
	n, m := 1, plain
	switch {
	case rest[0] == '\'' || rest[0] == '"' || rest[0] == '`':
		n, m = quoteLength(rest), quoted
	case strings.HasPrefix(rest, "--"):
		n, m = upTo(rest, "\n"), comment
	case strings.HasPrefix(rest, "/*"):
		n, m = 2+upTo(rest[2:], "*/"), comment
	}
	s.pos += n
	return rest[:n], m
}

// quoteLength is the length of the quoted text s begins with: the quote is
// escaped by a backslash or by being doubled.
func quoteLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return len(s)
}

func upTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// splitStatements cuts a script at the semicolons between statements. Comments
// before a statement do not belong to it, those inside do.
func splitStatements(script string) []string {
	var out []string
	s := scanner{text: script}
	start := -1
	flush := func(end int) {
		if start >= 0 {
			out = append(out, strings.TrimSpace(script[start:end]))
		}
		start = -1
	}
	for {
		at := s.pos
		piece, m := s.next()
		switch {
		case m == atEnd:
			flush(len(script))
			return out
		case m == plain && piece == ";":
			flush(at)
		case m == comment || strings.TrimSpace(piece) == "":
		case start < 0:
			start = at
		}
	}
}

// object is what one statement makes: a table or view, or a column of one.
type object struct {
	kind    string // table, view, column or ""
	name    string // without the database
	columns []columnDef
	params  bool // a view with parameters, whose columns the server does not list
}

// columnDef is one column as declared.
type columnDef struct{ name, typ string }

// parseObject reads CREATE TABLE, CREATE [OR REPLACE] VIEW and ALTER TABLE … ADD
// COLUMN of our own scripts; anything else has no kind.
func parseObject(statement string) object {
	words := strings.Fields(statement)
	var o object
	at := 0
	take := func(expected ...string) bool {
		for i, w := range expected {
			if at+i >= len(words) || !strings.EqualFold(words[at+i], w) {
				return false
			}
		}
		at += len(expected)
		return true
	}
	switch {
	case take("CREATE", "TABLE", "IF", "NOT", "EXISTS"), take("CREATE", "TABLE"):
		o.kind = "table"
	case take("CREATE", "OR", "REPLACE", "VIEW"), take("CREATE", "VIEW", "IF", "NOT", "EXISTS"):
		o.kind = "view"
	case take("ALTER", "TABLE"):
		o.kind = "column"
	default:
		return o
	}
	if at >= len(words) {
		return object{}
	}
	name := words[at]
	o.name = bare(name[strings.LastIndexByte(name, '.')+1:])
	if o.kind == "column" {
		return parseAdded(o, statement)
	}
	list, rest := firstParens(statement)
	for _, part := range splitTopLevel(list) {
		if c, ok := parseColumn(part); ok {
			o.columns = append(o.columns, c)
		}
	}
	o.params = o.kind == "view" && hasParameter(rest)
	return o
}

// parseAdded reads ALTER TABLE name ADD COLUMN IF NOT EXISTS column type ….
func parseAdded(o object, statement string) object {
	const add = "ADD COLUMN IF NOT EXISTS"
	_, after, ok0 := strings.Cut(statement, add)
	if !ok0 {
		return object{}
	}
	c, ok := parseColumn(after)
	if !ok {
		return object{}
	}
	o.columns = []columnDef{c}
	return o
}

// firstParens returns what the first pair of parentheses holds, and what follows it.
func firstParens(statement string) (inside, rest string) {
	s := scanner{text: statement}
	depth, from := 0, 0
	for {
		piece, m := s.next()
		switch {
		case m == atEnd:
			return "", ""
		case m != plain:
		case piece == "(":
			if depth++; depth == 1 {
				from = s.pos
			}
		case piece == ")":
			if depth--; depth == 0 {
				return statement[from : s.pos-1], statement[s.pos:]
			}
		}
	}
}

// splitTopLevel cuts a list at the commas outside parentheses.
func splitTopLevel(list string) []string {
	var out []string
	s := scanner{text: list}
	depth, from := 0, 0
	for {
		piece, m := s.next()
		switch {
		case m == atEnd:
			return append(out, list[from:])
		case m != plain:
		case piece == "(":
			depth++
		case piece == ")":
			depth--
		case piece == "," && depth == 0:
			out = append(out, list[from:s.pos-1])
			from = s.pos
		}
	}
}

// parseColumn reads `name type …`; an index or constraint is no column.
func parseColumn(def string) (columnDef, bool) {
	def = strings.TrimSpace(def)
	name, rest, ok := strings.Cut(def, " ")
	if !ok {
		return columnDef{}, false
	}
	switch strings.ToUpper(name) {
	case "INDEX", "CONSTRAINT", "PROJECTION", "PRIMARY":
		return columnDef{}, false
	}
	return columnDef{name: bare(name), typ: normalType(typeOf(rest))}, true
}

// typeOf is the part of a column definition before the first clause.
func typeOf(rest string) string {
	s := scanner{text: rest}
	depth := 0
	for {
		at := s.pos
		piece, m := s.next()
		switch {
		case m == atEnd:
			return rest
		case m != plain:
		case piece == "(":
			depth++
		case piece == ")":
			depth--
		case depth == 0 && startsClause(rest, at):
			return rest[:at]
		}
	}
}

func startsClause(s string, at int) bool {
	if at > 0 && s[at-1] != ' ' && s[at-1] != ')' {
		return false
	}
	for _, word := range []string{"DEFAULT ", "MATERIALIZED ", "ALIAS ", "CODEC", "COMMENT ", "TTL ", "AFTER "} {
		if strings.HasPrefix(s[at:], word) {
			return true
		}
	}
	return false
}

// normalType writes a type as system.columns does, less the quotes around names.
func normalType(t string) string {
	t = strings.Join(strings.Fields(strings.ReplaceAll(t, "`", "")), " ")
	return strings.NewReplacer("( ", "(", " )", ")").Replace(t)
}

func bare(name string) string { return strings.Trim(name, "`\"") }

// hasParameter reports a {name:Type} outside quotes.
func hasParameter(sql string) bool {
	s := scanner{text: sql}
	for {
		piece, m := s.next()
		if m == atEnd {
			return false
		}
		if m == plain && piece == "{" {
			return true
		}
	}
}
