package migrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// retentionChanges lists the tables whose TTL is not the configured one.
func (m *Migrator) retentionChanges(ctx context.Context) ([]Step, error) {
	steps, err := m.steps()
	if err != nil {
		return nil, err
	}
	engines := map[string]string{}
	err = m.server.Query(ctx, func(r driver.Rows) error {
		var name, engine string
		if err := r.Scan(&name, &engine); err != nil {
			return err
		}
		engines[name] = engine
		return nil
	}, "SELECT name, engine_full FROM system.tables WHERE database = {database:String}", clickhouse.Named("database", m.o.Database))
	if err != nil {
		return nil, fmt.Errorf("read the retention of tables: %w", err)
	}
	var out []Step
	for _, s := range steps {
		o := parseObject(s.SQL)
		engine, there := engines[o.name]
		if o.kind != "table" || !there {
			continue
		}
		want, have := ttlClause(s.SQL), ttlClause(engine)
		if want == have {
			continue
		}
		change := "MODIFY " + want
		if want == "" {
			change = "REMOVE TTL"
		}
		out = append(out, Step{
			File: "retention", Number: len(out) + 1, Title: "ALTER TABLE " + o.name + " " + change,
			SQL: "ALTER TABLE " + m.o.table(o.name) + " " + m.o.onCluster() + " " + change,
		})
	}
	return out, nil
}

// ttlClause finds our TTL in a statement.
func ttlClause(sql string) string {
	const begin, end = "TTL toDateTime(ingested_at) + toIntervalDay(", ")"
	i := strings.Index(sql, begin)
	if i < 0 {
		return ""
	}
	n := strings.Index(sql[i+len(begin):], end)
	if n < 0 {
		return ""
	}
	return sql[i : i+len(begin)+n+1]
}
