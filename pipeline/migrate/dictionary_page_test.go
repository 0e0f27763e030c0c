package migrate_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"friction/pipeline/migrate"
)

var rewrite = flag.Bool("rewrite", false, "write generated files anew")

// The dictionary in docs/data.md and dbt's sources say what the comments of the schema say.
func TestDataDictionaryIsUpToDate(t *testing.T) {
	all, err := migrate.Dictionary()
	if err != nil {
		t.Fatal(err)
	}
	const page, mark = "../../docs/data.md", "<!-- generated: make golden -->\n"
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	written, _, found := strings.Cut(string(have), mark)
	if !found {
		t.Fatalf("%s has no line %q", page, mark)
	}
	compareGenerated(t, page, string(have), written+mark+dictionaryPage(all))
	const sources = "../../deploy/dbt/sources.yml"
	have, err = os.ReadFile(sources)
	if err != nil && !*rewrite {
		t.Fatal(err)
	}
	compareGenerated(t, sources, string(have), dbtSources(all))
}

func compareGenerated(t *testing.T, name, have, want string) {
	t.Helper()
	switch {
	case have == want:
	case *rewrite:
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the schema says: run make golden", name)
	}
}

func dictionaryPage(all []migrate.Relation) string {
	var b strings.Builder
	for _, part := range []struct {
		title string
		has   func(migrate.Relation) bool
	}{
		{"Views", func(r migrate.Relation) bool { return r.View && r.Parameters == nil }},
		{"Questions", func(r migrate.Relation) bool { return r.Parameters != nil }},
		{"Base tables", func(r migrate.Relation) bool { return !r.View }},
	} {
		fmt.Fprintf(&b, "\n### %s\n", part.title)
		for _, r := range all {
			if !part.has(r) {
				continue
			}
			fmt.Fprintf(&b, "\n#### %s\n\n%s\n", r.Name, escaped(r.Comment))
			if len(r.Parameters) > 0 {
				fmt.Fprintf(&b, "\nParameters: `%s`.\n", strings.Join(r.Parameters, "`, `"))
			}
			b.WriteString("\n| column | type | meaning |\n|---|---|---|\n")
			for _, c := range r.Columns {
				fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", c.Name, c.Type, escaped(c.Comment))
			}
		}
	}
	return b.String()
}

func escaped(s string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;").Replace(s)
}

func dbtSources(all []migrate.Relation) string {
	var b strings.Builder
	b.WriteString("# Sources of dbt: the views of friction. Generated from the comments of schemas/clickhouse by make golden.\n" +
		"version: 2\n\nsources:\n  - name: friction\n    schema: friction # the database; clickhouse.database of the configuration\n    tables:\n")
	for _, r := range all {
		if !r.View || r.Parameters != nil {
			continue
		}
		fmt.Fprintf(&b, "      - name: %s\n        description: %q\n", r.Name, r.Comment)
		for _, c := range r.Columns {
			if c.Name == "ingested_at" {
				b.WriteString("        loaded_at_field: ingested_at\n        freshness:\n          warn_after: {count: 1, period: hour}\n")
			}
		}
		b.WriteString("        columns:\n")
		for _, c := range r.Columns {
			fmt.Fprintf(&b, "          - name: %s\n            data_type: %q\n            description: %q\n", c.Name, c.Type, c.Comment)
		}
	}
	return b.String()
}
