package migrate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"friction/schemas"
)

// ledgerFile makes the table that migrations are written down in.
const ledgerFile = "0000_ledger.sql"

// canonicalDatabase is the database that checksums and the dictionary are made with.
const canonicalDatabase = "friction"

// Step is one statement of one migration file.
type Step struct {
	File     string // such as 0001_tables.sql
	Number   int    // within the file, from 1
	Title    string // what it does, such as "CREATE TABLE sessions_log"
	SQL      string // as it runs with the configuration at hand
	Checksum string // SHA-256 of the statement with the default configuration
}

// Key names the step for people.
func (s Step) Key() string { return fmt.Sprintf("%s:%d", s.File, s.Number) }

// Script returns every step of the migrations as they read under o, the steps
// that make the ledger first.
func Script(o Options) ([]Step, error) {
	files, err := fs.Glob(schemas.ClickHouse, "clickhouse/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	actual, err := render(o)
	if err != nil {
		return nil, err
	}
	canonical, err := render(Options{Database: canonicalDatabase})
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, file := range files {
		name := path.Base(file)
		a, b := splitStatements(actual[name]), splitStatements(canonical[name])
		if len(a) != len(b) {
			return nil, fmt.Errorf("read migration %s: %d statements with this configuration, %d with the default one", name, len(a), len(b))
		}
		for i := range a {
			sum := sha256.Sum256([]byte(b[i]))
			steps = append(steps, Step{
				File: name, Number: i + 1, SQL: a[i], Title: title(b[i]), Checksum: hex.EncodeToString(sum[:]),
			})
		}
	}
	return steps, nil
}

// render gives the text of every migration file under o, by file name.
func render(o Options) (map[string]string, error) {
	t := template.New("migrations").Option("missingkey=error").Funcs(template.FuncMap{
		"db":      func() string { return o.Database },
		"cluster": func() string { return o.onCluster() },
		"engine": func(name string, args ...string) string {
			return o.EnginePrefix + name + "(" + strings.Join(args, ", ") + ")"
		},
		"ttl": func(table string) string { return ttl(o.Days[table]) },
	})
	t, err := t.ParseFS(schemas.ClickHouse, "clickhouse/*")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	out := map[string]string{}
	for _, part := range t.Templates() {
		if path.Ext(part.Name()) != ".sql" {
			continue
		}
		var b strings.Builder
		if err := part.Execute(&b, nil); err != nil {
			return nil, fmt.Errorf("read migration %s: %w", part.Name(), err)
		}
		out[part.Name()] = b.String()
	}
	return out, nil
}

func ttl(days int) string {
	if days == 0 {
		return ""
	}
	return fmt.Sprintf("TTL toDateTime(ingested_at) + toIntervalDay(%d)", days)
}

// title is the first words of a statement, up to the name of what it makes.
func title(statement string) string {
	if o := parseObject(statement); o.kind != "" {
		switch o.kind {
		case "column":
			return "ADD COLUMN " + o.name + "." + o.columns[0].name
		default:
			return "CREATE " + strings.ToUpper(o.kind) + " " + o.name
		}
	}
	words := strings.Fields(statement)
	return strings.Join(words[:min(len(words), 6)], " ")
}
