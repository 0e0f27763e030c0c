package embedded_test

import (
	"strings"
	"testing"
)

// TestSchemaFeatures runs what tables, views and migrations lean on. It tells which version of the engine stops to have
// one of them.
func TestSchemaFeatures(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	for _, c := range []struct{ sql, want string }{
		{"CREATE DATABASE IF NOT EXISTS friction COMMENT 'what hurts'", ""},
		{"SELECT engine FROM system.databases WHERE name = 'friction'", "Atomic\n"},
		{`CREATE TABLE IF NOT EXISTS friction.visits_log (
			app LowCardinality(String) COMMENT 'product or tenant',
			entered_at DateTime64(3, 'UTC') COMMENT 'first event' CODEC(Delta, ZSTD(1)),
			step LowCardinality(String), session_id FixedString(16), pain UInt32 CODEC(T64, ZSTD(1)),
			dwell_ms Nullable(UInt64), signals Map(LowCardinality(String), UInt64), dwell_hist Array(UInt32),
			run LowCardinality(String), version UInt64, written_at DateTime('UTC') DEFAULT now(),
			INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 4,
			INDEX by_time written_at TYPE minmax GRANULARITY 1
		) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(entered_at) ORDER BY (app, entered_at, step, session_id, run)
		TTL written_at + INTERVAL 400 DAY SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000
		COMMENT 'versions; read friction.visits'`, ""},
		{`INSERT INTO friction.visits_log (app, entered_at, step, session_id, pain, signals, dwell_hist, run, version) VALUES
			('a', '2026-01-01 00:00:00.123', 'pay', unhex('000102030405060708090a0b0c0d0e0f'), 480000, {'rage_click': 1}, [1, 2], 'r', 1),
			('a', '2026-01-01 00:00:00.123', 'pay', unhex('000102030405060708090a0b0c0d0e0f'), 350000, {'rage_click': 2}, [3, 4], 'r', 2),
			('a', '2026-02-01 00:00:00.123', 'cart', unhex('000102030405060708090a0b0c0d0e0f'), 0, {}, [0, 0], 'r', 1)`, ""},
		{"CREATE OR REPLACE VIEW friction.visits COMMENT 'one row a visit' AS SELECT * EXCEPT (run, version) FROM friction.visits_log FINAL", ""},
		{"SELECT step, pain, signals FROM friction.visits ORDER BY entered_at", "pay\t350000\t{'rage_click':2}\ncart\t0\t{}\n"},
		{"SELECT sumForEach(dwell_hist), sumMap(signals) FROM friction.visits", "[3,4]\t{'rage_click':2}\n"},
		{"CREATE VIEW friction.visits_between AS SELECT step, pain FROM friction.visits WHERE entered_at >= {from:DateTime64(3, 'UTC')} AND entered_at < {to:DateTime64(3, 'UTC')}", ""},
		{"SELECT * FROM friction.visits_between(from = '2026-02-01 00:00:00', to = '2026-03-01 00:00:00')", "cart\t0\n"},
		{"ALTER TABLE friction.visits_log ADD COLUMN IF NOT EXISTS variant LowCardinality(String) DEFAULT '' COMMENT 'of an experiment' AFTER step", ""},
		{"ALTER TABLE friction.visits_log ADD COLUMN IF NOT EXISTS variant LowCardinality(String)", ""},
		{"ALTER TABLE friction.visits_log COMMENT COLUMN step 'of the journey'", ""},
		{"ALTER TABLE friction.visits_log MODIFY COMMENT 'changed'", ""},
		{"ALTER TABLE friction.visits_log MODIFY TTL written_at + INTERVAL 30 DAY", ""},
		{"SELECT name, comment FROM system.columns WHERE database = 'friction' AND table = 'visits_log' AND comment != ''", "app\tproduct or tenant\nentered_at\tfirst event\nstep\tof the journey\nvariant\tof an experiment\n"},
		{"SELECT comment, sorting_key, engine FROM system.tables WHERE database = 'friction' AND name = 'visits_log'", "changed\tapp, entered_at, step, session_id, run\tReplacingMergeTree\n"},
		{"SELECT partition, sum(rows) FROM system.parts WHERE active AND table = 'visits_log' GROUP BY partition ORDER BY partition", "202601\t1\n202602\t1\n"},
		{"OPTIMIZE TABLE friction.visits_log FINAL", ""},
		{"SELECT count() FROM friction.visits_log", "2\n"},
		{"SELECT count() FROM (SELECT * FROM friction.visits EXCEPT SELECT * EXCEPT (run, version, variant) FROM friction.visits_log)", "0\n"},
		{"SELECT windowFunnel(86400000, 'strict_order')(toUInt64(toUnixTimestamp64Milli(entered_at)), step = 'pay', step = 'cart') FROM friction.visits", "1\n"},
		{"SELECT murmurHash3_128('x') = unhex('E7FE1ABA01E8166D8C78AE6B966DEDD7')", "1\n"},
		{"CREATE TABLE friction.applied (n UInt32, sum FixedString(64)) ENGINE = ReplacingMergeTree ORDER BY n", ""},
		{"EXCHANGE TABLES friction.applied AND friction.visits_log", ""},
		{"EXCHANGE TABLES friction.applied AND friction.visits_log", ""},
		{"ALTER TABLE friction.visits_log DELETE WHERE app = 'a' AND step = 'cart' SETTINGS mutations_sync = 1", ""},
		{"SELECT count() FROM friction.visits", "1\n"},
		{"ALTER TABLE friction.visits_log DROP PARTITION 202601", ""},
		{"TRUNCATE TABLE friction.visits_log", ""},
		{"DROP VIEW friction.visits_between", ""},
		{"DROP DATABASE friction SYNC", ""},
	} {
		must(t, curl(t, server, c.sql), c.want)
		if t.Failed() {
			t.Fatalf("after %s", c.sql)
		}
	}
}

// TestEngineLimits holds what the embedded engine cannot do and a server can. When one of these starts to work, the
// advice that users get about it can go.
func TestEngineLimits(t *testing.T) {
	server := startClickHouse(t, t.TempDir())
	must(t, curl(t, server, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a"), "")
	for statement, want := range map[string]string{
		"CREATE USER u":                                           "497",
		"CREATE ROLE r":                                           "497",
		"GRANT SELECT ON default.* TO default":                    "497",
		"CREATE ROW POLICY p ON t USING 1 TO ALL":                 "497",
		"CREATE QUOTA q FOR INTERVAL 1 hour MAX queries 1 TO ALL": "497",
		"CREATE TABLE k (k String, v String) ENGINE = KeeperMap('/x') PRIMARY KEY k":               "497",
		"CREATE TABLE c ON CLUSTER default (a UInt8) ENGINE = MergeTree ORDER BY a":                "701",
		"CREATE TABLE r (a UInt8) ENGINE = ReplicatedMergeTree('/clickhouse/r', 'one') ORDER BY a": "225",
		"SELECT count() FROM system.query_log":                                                     "60",
	} {
		got := curl(t, server, statement)
		if code := got.header.Get("X-ClickHouse-Exception-Code"); code != want {
			t.Errorf("%s: code %q, want %s: %s", statement, code, want, strings.TrimSpace(got.body))
		}
	}
}
