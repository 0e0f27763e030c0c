package migrate

import (
	"strings"
)

// Relation is a table or view as the migrations make it, with what its comments say.
type Relation struct {
	Name       string
	View       bool
	Comment    string
	Columns    []Column
	Parameters []string // of a view that takes some, as name:Type in order of first use
}

// Column is a column and its comment.
type Column struct{ Name, Type, Comment string }

// Dictionary lists all tables and views of the migrations in order; of one made anew by a later migration, the later.
func Dictionary() ([]Relation, error) {
	steps, err := Script(Options{Database: canonicalDatabase})
	if err != nil {
		return nil, err
	}
	var all []Relation
	index := map[string]int{}
	for _, s := range steps {
		o := parseObject(s.SQL)
		if o.kind == "column" {
			if at, there := index[o.name]; there {
				_, added, _ := strings.Cut(s.SQL, "ADD COLUMN IF NOT EXISTS")
				all[at].Columns = append(all[at].Columns, commented(added)...)
			}
			continue
		}
		if o.kind == "" {
			continue
		}
		list, rest := firstParens(s.SQL)
		r := Relation{Name: o.name, View: o.kind == "view", Comment: commentOf(rest)}
		if o.params {
			r.Parameters = parameters(rest)
		}
		for _, def := range splitTopLevel(list) {
			r.Columns = append(r.Columns, commented(def)...)
		}
		if at, there := index[o.name]; there {
			all[at] = r
			continue
		}
		index[o.name] = len(all)
		all = append(all, r)
	}
	return all, nil
}

// commented is the column that a definition makes, none for an index.
func commented(def string) []Column {
	c, ok := parseColumn(def)
	if !ok {
		return nil
	}
	return []Column{{Name: c.name, Type: c.typ, Comment: commentOf(def)}}
}

// commentOf is the text after the last COMMENT outside quotes and parentheses.
func commentOf(sql string) string {
	s := scanner{text: sql}
	depth, after, found := 0, false, ""
	for {
		at := s.pos
		piece, m := s.next()
		switch {
		case m == atEnd:
			return found
		case m == plain && piece == "(":
			depth++
		case m == plain && piece == ")":
			depth--
		case m == quoted && after && depth == 0:
			found, after = unquoted(piece), false
		case m == plain && depth == 0 && strings.HasPrefix(sql[at:], "COMMENT "):
			after = true
		}
	}
}

// unquoted is what a quoted text says.
func unquoted(piece string) string {
	return strings.NewReplacer(`\'`, "'", `''`, "'", `\\`, `\`).Replace(piece[1 : len(piece)-1])
}

// parameters lists {name:Type} outside quotes, each once.
func parameters(sql string) []string {
	var all []string
	seen := map[string]bool{}
	s := scanner{text: sql}
	for {
		at := s.pos
		piece, m := s.next()
		if m == atEnd {
			return all
		}
		if m != plain || piece != "{" {
			continue
		}
		text := sql[at+1 : at+1+max(0, strings.IndexByte(sql[at+1:], '}'))]
		if name, _, ok := strings.Cut(text, ":"); ok && !seen[name] {
			seen[name] = true
			all = append(all, text)
		}
	}
}
