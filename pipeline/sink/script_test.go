package sink

import (
	"slices"
	"strings"
	"testing"

	"friction/pipeline/migrate"
)

func TestScriptFollowsTheConfiguration(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Database, cfg.Cluster, cfg.EnginePrefix = "shop", "main", "Replicated"
	cfg.Retention.Signals, cfg.Retention.Sessions = 7, 0
	plain, err := migrate.Script(DefaultConfig().migration())
	if err != nil {
		t.Fatal(err)
	}
	steps, err := migrate.Script(cfg.migration())
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != len(plain) {
		t.Fatalf("%d steps, %d by default", len(steps), len(plain))
	}
	for i, s := range steps {
		if s.Checksum != plain[i].Checksum {
			t.Errorf("%s: the checksum depends on the configuration", s.Key())
		}
		if strings.Contains(s.SQL, "friction.") || strings.Contains(s.SQL, "{{") {
			t.Errorf("%s still speaks of another database: %.200s", s.Key(), s.SQL)
		}
		if !strings.Contains(s.SQL, "ON CLUSTER `main`") {
			t.Errorf("%s is not for the cluster", s.Key())
		}
		if strings.Contains(s.SQL, "ENGINE") && !strings.Contains(s.SQL, "ENGINE = ReplicatedReplacingMergeTree(") {
			t.Errorf("%s is not replicated", s.Key())
		}
		switch s.Title {
		case "CREATE TABLE signals_log":
			if !strings.Contains(s.SQL, "toIntervalDay(7)") {
				t.Error("signals are not kept for 7 days")
			}
		case "CREATE TABLE sessions_log":
			if strings.Contains(s.SQL, "TTL") {
				t.Error("sessions are not kept for ever")
			}
		}
	}
}

// A column that rows are written to is a column of the table, with that type.
func TestStoredColumnsAreThoseOfTheTables(t *testing.T) {
	all, err := migrate.Dictionary()
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]map[string]string{}
	for _, r := range all {
		declared[r.Name] = map[string]string{}
		for _, c := range r.Columns {
			declared[r.Name][c.Name] = c.Type
		}
	}
	for _, table := range allTables() {
		name, columns := table.columns()
		types := declared[name]
		for _, c := range columns {
			if types[c.Name] != c.Type {
				t.Errorf("%s.%s %s is written but not declared so", name, c.Name, c.Type)
			}
		}
		if len(types) != len(columns)+1 {
			t.Errorf("%s: %d columns are written, %d declared besides ingested_at", name, len(columns), len(types)-1)
		}
	}
}

func TestEveryStoredTableHasARunAndAPartitionOfItsKey(t *testing.T) {
	steps, err := migrate.Script(DefaultConfig().migration())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range allTables() {
		name, _ := table.columns()
		i := slices.IndexFunc(steps, func(s migrate.Step) bool { return s.Title == "CREATE TABLE "+name })
		sql := steps[i].SQL
		_, key, _ := strings.Cut(sql, "ORDER BY (")
		key, _, _ = strings.Cut(key, ")")
		if !strings.HasPrefix(key, "run, ") {
			t.Errorf("%s is sorted by %s", name, key)
		}
		if _, partition, ok := strings.Cut(sql, "PARTITION BY toYYYYMM("); ok {
			column, _, _ := strings.Cut(partition, ")")
			if !slices.Contains(strings.Split(key, ", "), column) && column != "record_time" {
				t.Errorf("%s: partition %s is no part of the key %s", name, column, key)
			}
		}
	}
}
