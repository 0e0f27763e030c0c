package migrate

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ledger reads what has been applied, by key; nothing when there is no ledger yet.
func (m *Migrator) ledger(ctx context.Context) (map[string]StepStatus, error) {
	out := map[string]StepStatus{}
	there, err := m.exists(ctx, "schema_migrations")
	if err != nil || !there {
		return out, err
	}
	err = m.server.Query(ctx, func(r driver.Rows) error {
		var st StepStatus
		var number uint16
		if err := r.Scan(&st.File, &number, &st.Checksum, &st.Title, &st.AppliedAt); err != nil {
			return err
		}
		st.Number, st.State = int(number), StepApplied
		out[st.Key()] = st
		return nil
	}, "SELECT migration, step, checksum, title, applied_at FROM "+m.o.table("schema_migrations")+" FINAL ORDER BY migration, step")
	if err != nil {
		return nil, fmt.Errorf("read the list of migrations: %w", err)
	}
	return out, nil
}

func (m *Migrator) exists(ctx context.Context, table string) (bool, error) {
	var n uint64
	err := m.server.Query(ctx, func(r driver.Rows) error { return r.Scan(&n) },
		"SELECT count() FROM system.tables WHERE database = {database:String} AND name = {name:String}",
		clickhouse.Named("database", m.o.Database), clickhouse.Named("name", table))
	return n > 0, err
}
