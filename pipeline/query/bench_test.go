package query_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"friction/pipeline/query"
)

// manySessions is how many the benchmark's shop has, in a day.
const manySessions = 1_000_000

// BenchmarkFunnelOfAMillionSessions asks ClickHouse for the funnel of checkout over a day of a million sessions, 2.2 million
// visits of its steps, and for one step's hour beside it: go test -run ^$ -bench Million -benchtime 3x ./pipeline/query.
func BenchmarkFunnelOfAMillionSessions(b *testing.B) {
	d := server.Database(b)
	// a session n enters step k, 40 s after the one before, if it has come that far: 60 % do, step by step
	d.Ask(fmt.Sprintf(`INSERT INTO db.step_visits_log (run, app, journey, entered_at, step, session_id, attempt, visit, task, step_index, user, left_at, outcome, segments, version)
		SELECT 'g/1', 'shop', journey, at, step, toUUID(concat('00000000-0000-0000-0000-', leftPad(lower(hex(n)), 12, '0'))), 1, k + 1, 0, k,
			concat('u', toString(intDiv(n, 2))), at + toIntervalSecond(30), k = 3 ? 'completed' : 'advanced', map('device', n %% 3 = 0 ? 'mobile' : 'desktop'), 1
		FROM (
			SELECT number AS n, arrayJoin(range(4)) AS k, arrayJoin(['checkout', 'site']) AS journey, ['cart', 'address', 'payment', 'confirmation'][k + 1] AS step,
				fromUnixTimestamp64Milli(%d + intDiv(n * 86400000, %d) + k * 40000, 'UTC') AS at
			FROM numbers(%d) WHERE k = 0 OR cityHash64(n) %% 1000 < [1000, 600, 360, 216][k + 1]
		)`, noon.UnixMilli(), manySessions, manySessions))
	d.Ask("INSERT INTO db.runs_log (`group`, run, promoted_at, version) VALUES ('g', 'g/1', now64(6), 1)")
	d.Ask("OPTIMIZE TABLE db.step_visits_log FINAL")
	b.Logf("%s visits of all journeys, %s on disk", d.Ask("SELECT count() FROM db.step_visits_log")[0],
		d.Ask("SELECT formatReadableSize(sum(bytes_on_disk)) FROM system.parts WHERE active AND table = 'step_visits_log' AND database = currentDatabase() OR database = '" + d.Name + "' AND active AND table = 'step_visits_log'")[0])
	day := query.Funnel{Journey: "checkout", Steps: []string{"cart", "address", "payment", "confirmation"}, From: noon, To: noon.Add(24 * time.Hour), Window: time.Hour}
	hour := day
	hour.To = noon.Add(time.Hour)
	for name, q := range map[string]query.Funnel{"day": day, "hour": hour} {
		sql, err := q.SQL(d.Name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if rows := d.Ask(sql); len(rows) != 4 {
					b.Fatalf("got %v", rows)
				}
			}
		})
		b.Logf("%s: the key leaves\n%s", name, strings.Join(keyOf(d.Ask("EXPLAIN indexes = 1 "+sql)), "\n"))
	}
}

// keyOf are the lines of a plan that say how much of a table its key leaves to be read.
func keyOf(plan []string) (lines []string) {
	for _, l := range plan {
		if strings.Contains(l, "ReadFrom") || strings.Contains(l, "Granules:") || strings.Contains(l, "Condition:") {
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	return lines
}
