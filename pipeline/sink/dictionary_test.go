package sink

import (
	"strings"
	"testing"

	"friction/pipeline/migrate"
)

// What the server lists is what the dictionary says; a view with parameters is asked what it returns.
func TestDictionaryIsWhatTheServerHas(t *testing.T) {
	s := migrated(t)
	all, err := migrate.Dictionary()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Comment == "" {
			t.Errorf("%s has no comment", r.Name)
		}
		if r.Parameters == nil {
			if got := ask(t, s, "SELECT comment FROM system.tables WHERE database = '"+s.cfg.Database+"' AND name = '"+r.Name+"' FORMAT TSVRaw"); got != r.Comment {
				t.Errorf("%s: the server says %q, the dictionary %q", r.Name, got, r.Comment)
			}
		}
		from := "db." + r.Name
		if r.Parameters != nil {
			from += "(" + sample(r.Parameters) + ")"
		}
		lines := strings.Split(ask(t, s, "DESCRIBE (SELECT * FROM "+from+") SETTINGS print_pretty_type_names = 0 FORMAT TSVRaw"), "\n")
		if len(lines) != len(r.Columns) {
			t.Errorf("%s returns %d columns, the dictionary has %d", r.Name, len(lines), len(r.Columns))
			continue
		}
		for i, line := range lines {
			cells := strings.Split(line, "\t")
			c, typ := r.Columns[i], unquotedNames(cells[1])
			if r.Parameters != nil { // such a view gives what its SELECT gives; whether strings come by number says nothing to a reader
				typ, c.Type = plainType(typ), plainType(c.Type)
			}
			if cells[0] != c.Name || typ != c.Type {
				t.Errorf("%s returns %s %s, the dictionary says %s %s", r.Name, cells[0], cells[1], c.Name, c.Type)
			}
			if r.Columns[i].Comment == "" {
				t.Errorf("%s.%s has no comment", r.Name, r.Columns[i].Name)
			}
		}
	}
}

// unquotedNames writes a type as the dictionary does.
func unquotedNames(t string) string { return strings.ReplaceAll(t, "`", "") }

func plainType(t string) string { return strings.ReplaceAll(t, "LowCardinality(String)", "String") }

// sample gives every parameter a value of its type.
func sample(parameters []string) string {
	var all []string
	for _, p := range parameters {
		name, typ, _ := strings.Cut(p, ":")
		value := map[string]string{
			"String": "''", "UUID": "'00000000-0000-0000-0000-000000000000'", "DateTime64(3)": "now()", "Map(String, String)": "map()",
			"Array(String)": "[]", "Array(Tuple(String, UInt8, UInt8))": "[]",
		}[typ]
		if value == "" {
			value = "1"
		}
		all = append(all, name+" = "+value)
	}
	return strings.Join(all, ", ")
}
