package deploy_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// access is what deploy/clickhouse grants. The embedded engine makes no roles; it does enforce what its configuration
// says of its one user: grants and row policies go there, statement by statement, and the real engine judges.
type access struct {
	grants   map[string][]string // GRANT … without TO, by role or user
	policies map[string]string   // filter by table, of tenants
}

// statements of an SQL file, without comments.
func statements(text string) []string {
	var lines, all []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			lines = append(lines, line)
		}
	}
	for s := range strings.SplitSeq(strings.Join(lines, ""), ";") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

var (
	grant  = regexp.MustCompile(`(?s)^(GRANT .+ ON .+) TO (\w+)$`)
	member = regexp.MustCompile(`(?m)^GRANT ([\w, ]+) TO (\w+);$`)
	policy = regexp.MustCompile(`(?s)^CREATE ROW POLICY IF NOT EXISTS \w+ ON (.+?)\s+FOR SELECT USING (.+) AS (\w+) TO (\w+)$`)
)

func rights(t *testing.T) *access {
	t.Helper()
	a := &access{grants: map[string][]string{}, policies: map[string]string{}}
	for _, s := range slices.Concat(statements(read(t, "clickhouse/roles.sql")), statements(read(t, "clickhouse/tenants.sql"))) {
		if m := grant.FindStringSubmatch(s); m != nil {
			a.grants[m[2]] = append(a.grants[m[2]], m[1])
		} else if m := policy.FindStringSubmatch(s); m != nil {
			for table := range strings.SplitSeq(m[1], ", ") {
				if m[3] == "RESTRICTIVE" {
					a.policies[table] = strings.ReplaceAll(m[2], "getSetting('SQL_friction_app')", "'shop'")
				} else if m[2] != "1" || m[4] != "ALL" {
					t.Errorf("%s: everyone but tenants must see all rows", s)
				}
			}
		}
	}
	// The users that compose makes.
	for _, m := range member.FindAllStringSubmatch(read(t, "clickhouse/docker-init.sh"), -1) {
		var all []string
		for role := range strings.SplitSeq(m[1], ", ") {
			if a.grants[role] == nil {
				t.Errorf("docker-init.sh grants %s, which roles.sql does not make", role)
			}
			all = append(all, a.grants[role]...)
		}
		a.grants[m[2]] = all
	}
	if len(a.grants["friction"]) < 4 || len(a.policies) < 5 {
		t.Fatalf("the rights could not be read: %+v", a)
	}
	return a
}

// config writes a configuration of the engine, in which its user is this one.
func (a *access) config(t *testing.T, user string) string {
	t.Helper()
	if len(a.grants[user]) == 0 {
		t.Fatalf("%s has no rights", user)
	}
	type query struct {
		XMLName xml.Name `xml:"query"`
		Text    string   `xml:",chardata"`
	}
	text := func(s string) string {
		b, err := xml.Marshal(query{Text: s})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var grants, filters strings.Builder
	for _, g := range a.grants[user] {
		grants.WriteString(text(strings.ReplaceAll(g, "\n", " ")))
	}
	if user == "friction_tenant" {
		for table, filter := range a.policies {
			database, name, _ := strings.Cut(table, ".")
			fmt.Fprintf(&filters, "<%[1]s><%[2]s><filter>%[3]s</filter></%[2]s></%[1]s>", database, name, filter)
		}
	}
	dir := t.TempDir()
	users, config := filepath.Join(dir, "users.xml"), filepath.Join(dir, "config.xml")
	for file, text := range map[string]string{
		users: fmt.Sprintf(`<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password/>
<networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota><grants>%s</grants><databases>%s</databases></default></users></clickhouse>`, &grants, strings.ReplaceAll(filters.String(), "</friction><friction>", "")),
		config: `<clickhouse><users_config>` + users + `</users_config><access_control_improvements>
<select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
<on_cluster_queries_require_cluster_grant>true</on_cluster_queries_require_cluster_grant>
</access_control_improvements></clickhouse>`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config
}

// views of the database that the user can see, with what to call them with.
func (d *deployment) views(t *testing.T) []string {
	t.Helper()
	list, err := d.ask(t, "SELECT name, replaceAll(create_table_query, '\\n', ' ') FROM system.tables WHERE database = 'friction' AND engine = 'View' ORDER BY name FORMAT TSVRaw")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.SplitSeq(strings.TrimSpace(list), "\n") {
		name, query, _ := strings.Cut(line, "\t")
		all = append(all, name+sample(query))
	}
	if len(all) < 10 {
		t.Fatalf("only %v can be seen", all)
	}
	return all
}

var parameter = regexp.MustCompile(`\{(\w+):([^}]+)\}`)

// sample gives every parameter of a view a value of its type.
func sample(query string) string {
	values := map[string]string{}
	for _, p := range parameter.FindAllStringSubmatch(query, -1) {
		switch {
		case strings.HasPrefix(p[2], "DateTime"):
			values[p[1]] = "now()"
		case strings.HasPrefix(p[2], "Array"):
			values[p[1]] = "[]"
		case strings.HasPrefix(p[2], "Map"):
			values[p[1]] = "map()"
		case p[2] == "UUID":
			values[p[1]] = "'00000000-0000-0000-0000-000000000000'"
		case p[2] == "String":
			values[p[1]] = "''"
		default:
			values[p[1]] = "60"
		}
	}
	if len(values) == 0 {
		return ""
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, name+" = "+values[name])
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// denied wants a statement to be refused for lack of rights.
func (d *deployment) denied(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := d.ask(t, s); err == nil || !strings.Contains(err.Error(), "ACCESS_DENIED") {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// addTenant writes what another app left, into the run that the worker will register.
func (d *deployment) addTenant(t *testing.T) {
	t.Helper()
	const run = "'friction/1'"
	for _, s := range []string{
		"INSERT INTO sessions_log (run, app, opened_at, session_id, version) SELECT " + run + ", 'bank', now64(3), generateUUIDv4(), 1",
		"INSERT INTO step_visits_log (run, app, journey, step, entered_at, session_id, version) SELECT " + run + ", 'bank', 'loan', 'form', now64(3), generateUUIDv4(), 1",
		"INSERT INTO signals_log (run, app, kind, started_at, signal_id, version) SELECT " + run + ", 'bank', 'retry', now64(3), generateUUIDv4(), 1",
		"INSERT INTO step_windows_log (run, app, journey, step, window_start, window_size_ms, visits, version) SELECT " + run + ", 'bank', 'loan', 'form', toStartOfMinute(now()), 300000, 1, 1",
		"INSERT INTO step_panes_log (run, app, journey, step, pane_start, pane_size_ms, visits, version) SELECT " + run + ", 'bank', 'loan', 'form', toStartOfMinute(now()), 60000, 1, 1",
		"INSERT INTO step_panes_log (run, app, journey, step, dimension, value, pane_start, pane_size_ms, visits, version) SELECT " + run + ", 'bank', 'loan', 'form', 'device', 'phone', toStartOfMinute(now()), 60000, 1, 1",
		"INSERT INTO journeys_log (app, config_revision, journey, step, version) SELECT 'bank', 'x', 'loan', 'form', 1",
		"INSERT INTO score_weights_log (app, weights_version, kind, version) SELECT 'bank', 'x', 'retry', 1",
	} {
		if _, err := d.ask(t, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// ofNobody are the tables without a policy, and why.
func ofNobody() map[string]string {
	return map[string]string{
		"friction.runs_log":     "names and states of runs; no app",
		"friction.progress_log": "counts of all apps together: tenants are granted the columns that say up to when numbers are complete",
	}
}

// everyTableHasAPolicy fails when a table or view was added and tenants.sql forgotten. Views have no policies of their
// own: they run with the rights of who asks, which the engine says of each.
func (d *deployment) everyTableHasAPolicy(t *testing.T, a *access) {
	list, err := d.ask(t, `SELECT name, engine, position(create_table_query, 'SQL SECURITY DEFINER') + position(create_table_query, 'SQL SECURITY NONE') > 0,
		name IN (SELECT table FROM system.columns WHERE database = 'friction' AND name = 'app') FROM system.tables WHERE database = 'friction' ORDER BY name FORMAT TSVRaw`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(list) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		table, engine, others, hasApp := "friction."+f[0], f[1], f[2] == "1", f[3] == "1"
		filter, governed := a.policies[table]
		seen[table] = true
		switch {
		case engine == "View":
			if others {
				t.Errorf("%s runs with the rights of somebody else, past the policies", table)
			}
		case strings.HasSuffix(engine, "View"):
			t.Errorf("%s is a %s: it writes rows of its own, and has no policy", table, engine)
		case !governed && ofNobody()[table] == "":
			t.Errorf("%s has no row policy: add it to tenants.sql, or to ofNobody with the reason", table)
		case hasApp && (!governed || !strings.HasPrefix(filter, "app ")):
			t.Errorf("%s has rows of apps, and tenants see %q of it", table, filter)
		case !hasApp && governed && filter != "0":
			t.Errorf("%s has no column app, and tenants see %q of it", table, filter)
		}
	}
	for _, table := range append(slices.Collect(maps.Keys(a.policies)), slices.Collect(maps.Keys(ofNobody()))...) {
		if !seen[table] {
			t.Errorf("%s is in tenants.sql or in ofNobody, and not in the database", table)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d tables and views are seen", len(seen))
	}
}

// ofApps are the views with rows of one app each.
var ofApps = []string{
	"sessions", "step_visits", "signals", "step_scores", "step_panes", "step_panes_detail", "step_scores_by(from = now() - 3600, to = now(), size_seconds = 300)",
	"step_scores_by_value(from = now() - 3600, to = now(), size_seconds = 300, dimension = 'device', values = 5)",
	"step_scores_by_on_time(from = now() - 3600, to = now(), size_seconds = 300)",
	"step_scores_by_value_on_time(from = now() - 3600, to = now(), size_seconds = 300, dimension = 'device', values = 5)",
	"step_totals(from = now() - 3600, to = now())", "friction_places(from = now() - 3600, to = now(), segment = map())",
}

// reads wants a reader to see every view, all apps, and to change nothing.
func (d *deployment) reads(t *testing.T) {
	for _, view := range d.views(t) {
		if _, err := d.ask(t, "SELECT * FROM "+view+" LIMIT 1"); err != nil {
			t.Errorf("%s: %v", view, err)
		}
	}
	for _, view := range ofApps {
		if apps, err := d.ask(t, "SELECT DISTINCT app FROM "+view+" ORDER BY app"); err != nil || apps != "bank\nshop" && view != "sessions" {
			t.Errorf("%s: a reader sees the apps %q, %v", view, apps, err)
		}
	}
	d.answers(t)
	d.denied(t, "INSERT INTO sessions_log (app) VALUES ('x')", "DROP VIEW sessions", "ALTER TABLE sessions_log DELETE WHERE 1", "CREATE TABLE x (a UInt8) ENGINE = Memory", "TRUNCATE TABLE alerts_log")
}

// answers wants the commands that ask to work with the user's rights.
func (d *deployment) answers(t *testing.T) {
	t.Helper()
	for _, args := range [][]string{{"funnel", "checkout"}, {"scores"}, {"spikes"}, {"impact", "checkout"}, {"sessions", "checkout", "payment"}} {
		c := exec.CommandContext(t.Context(), d.binary, append(args, "--clickhouse", d.clickhouse)...)
		c.Env = []string{"HOME=" + t.TempDir()}
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("friction %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// isOneTenant wants only rows of one app to be seen, through the views as in the tables below them.
func (d *deployment) isOneTenant(t *testing.T) {
	for _, view := range append(slices.Clone(ofApps), "step_visits_log", "step_panes_log", "step_windows_log", "signals_log") {
		if apps, err := d.ask(t, "SELECT DISTINCT app FROM "+view); err != nil || apps != "shop" && view != "sessions" || strings.Contains(apps, "bank") {
			t.Errorf("%s: a tenant sees the apps %q, %v", view, apps, err)
		}
	}
	for table, want := range map[string]string{"journeys_log": "ok", "score_weights_log": "ok", "alerts": "ok", "journey_steps": "ok"} {
		got, err := d.ask(t, "SELECT if(countIf(app NOT IN ('', 'shop')) = 0, 'ok', 'apps of others') FROM "+table)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v", table, got, err)
		}
	}
	if got, err := d.ask(t, "SELECT count() > 0 FROM journey_steps"); err != nil || got != "1" {
		t.Errorf("a tenant sees no journeys: %q, %v", got, err)
	}
	if got, err := d.ask(t, "SELECT count() FROM runs_settled"); err != nil || got == "0" {
		t.Errorf("a tenant does not see up to when numbers are complete: %q, %v", got, err)
	}
	d.answers(t)
	d.denied(t, "SELECT * FROM progress", "SELECT consumed FROM progress_log", "SELECT open_sessions FROM progress", "SELECT * FROM alert_changes_log",
		"SELECT * FROM alert_seen_log", "SELECT * FROM rejected_events", "SELECT * FROM late_events", "SELECT * FROM late_events_log", "INSERT INTO sessions_log (app) VALUES ('x')", "DROP VIEW sessions")
}

// understands wants the engine to read every statement, those about roles, profiles, quotas and policies too.
func (d *deployment) understands(t *testing.T) {
	quoted := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	n := 0
	for _, file := range glob(t, "clickhouse/*.sql") {
		for _, s := range statements(read(t, file)) {
			n++
			if _, err := d.ask(t, "SELECT formatQuery('"+quoted.Replace(s)+"')"); err != nil {
				t.Errorf("%s: %v\n%s", file, err, s)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d statements", n)
	}
	if _, err := d.ask(t, "SELECT formatQuery('CREATE QUOTA q KEYED BY FOR TO x')"); err == nil {
		t.Error("a broken statement passes")
	}
}
