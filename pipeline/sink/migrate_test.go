package sink

import (
	"strings"
	"testing"

	"friction/pipeline/migrate"
)

func TestMigrateTwiceAndVerify(t *testing.T) {
	s := open(t, testConfig(t))
	m := s.Migrator()
	plan, err := m.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done, err := m.Up(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(done) == 0 || len(done) != len(plan) {
		t.Fatalf("planned %d steps, applied %d", len(plan), len(done))
	}
	again, err := m.Up(t.Context())
	if err != nil || len(again) != 0 {
		t.Fatalf("second time: %d steps, %v", len(again), err)
	}
	status, err := m.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range status {
		if st.State != migrate.StepApplied || st.AppliedAt.IsZero() {
			t.Errorf("%s is %s", st.Key(), st.State)
		}
	}
	findings, err := m.Verify(t.Context())
	if err != nil || len(findings) != 0 {
		t.Fatalf("verify: %v, %v", findings, err)
	}
}

func TestEveryTableAndColumnIsExplained(t *testing.T) {
	s := migrated(t)
	if bare := ask(t, s, "SELECT table, name FROM system.columns WHERE database = '"+s.cfg.Database+"' AND comment = ''"); bare != "" {
		t.Errorf("columns without a comment:\n%s", bare)
	}
	if bare := ask(t, s, "SELECT name FROM system.tables WHERE database = '"+s.cfg.Database+"' AND comment = ''"); bare != "" {
		t.Errorf("tables without a comment:\n%s", bare)
	}
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	s := migrated(t)
	for _, sql := range []string{
		"DROP VIEW db.signals",
		"DROP TABLE db.alerts_log",
		"ALTER TABLE db.sessions_log DROP COLUMN exit_page",
		"ALTER TABLE db.step_visits_log MODIFY COLUMN step_index UInt16",
		"INSERT INTO db.schema_migrations SELECT migration, step, 'other', title, now64(3) + 1 FROM db.schema_migrations WHERE step = 2 AND migration LIKE '0001%'",
	} {
		ask(t, s, sql)
	}
	findings, err := s.Migrator().Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.String())
	}
	want := []string{
		"step 0001_tables.sql:2 was applied when it read differently",
		"sessions_log.exit_page is missing (want LowCardinality(String))",
		"step_visits_log.step_index is UInt16, want UInt8",
		"table alerts_log is missing",
		"view signals is missing",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := s.Migrator().Up(t.Context()); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("a changed step was accepted: %v", err)
	}
}

func TestTwoMigrateAtOnce(t *testing.T) {
	cfg := testConfig(t)
	done := make(chan error)
	for range 3 {
		s := open(t, cfg)
		go func() {
			_, err := s.Migrator().Up(t.Context())
			done <- err
		}()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	findings, err := open(t, cfg).Migrator().Verify(t.Context())
	if err != nil || len(findings) != 0 {
		t.Errorf("%v, %v", findings, err)
	}
}

func TestRetentionFollowsTheConfiguration(t *testing.T) {
	cfg := migrated(t).cfg
	cfg.Retention.Signals, cfg.Retention.Sessions, cfg.Retention.Alerts = 9, 0, 1
	s := open(t, cfg)
	done, err := s.Migrator().Up(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, st := range done {
		titles = append(titles, st.Title)
	}
	want := "ALTER TABLE sessions_log REMOVE TTL\n" +
		"ALTER TABLE signals_log MODIFY TTL toDateTime(ingested_at) + toIntervalDay(9)\n" +
		"ALTER TABLE alerts_log MODIFY TTL toDateTime(ingested_at) + toIntervalDay(1)\n" +
		"ALTER TABLE alert_changes_log MODIFY TTL toDateTime(ingested_at) + toIntervalDay(1)\n" +
		"ALTER TABLE alert_notices_log MODIFY TTL toDateTime(ingested_at) + toIntervalDay(1)"
	if strings.Join(titles, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(titles, "\n"), want)
	}
	if plan, err := s.Migrator().Plan(t.Context()); err != nil || len(plan) != 0 {
		t.Errorf("still to do: %v, %v", plan, err)
	}
}

func TestReapplyAndNewerVersions(t *testing.T) {
	s := migrated(t)
	ask(t, s, "INSERT INTO db.schema_migrations SELECT migration, step, 'other', title, applied_at + toIntervalMillisecond(1) FROM db.schema_migrations WHERE step = 3 AND migration LIKE '0002%'")
	ask(t, s, "INSERT INTO db.schema_migrations VALUES ('9999_future.sql', 1, 'x', 'CREATE TABLE dreams', now64(3))")
	ask(t, s, "DROP VIEW db.runs")
	m := s.Migrator()
	m.Reapply = true
	done, err := m.Up(t.Context())
	if err != nil || len(done) != 1 || done[0].Title != "CREATE VIEW runs" {
		t.Fatalf("%v, %v", done, err)
	}
	status, err := m.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := status[len(status)-1]; last.State != migrate.StepUnknown || last.Title != "CREATE TABLE dreams" {
		t.Errorf("the newer version's step: %+v", last)
	}
	if findings, err := m.Verify(t.Context()); err != nil || len(findings) != 0 {
		t.Errorf("%v, %v", findings, err)
	}
}
