package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

type dashboard struct {
	UID        string  `json:"uid"`
	Title      string  `json:"title"`
	Panels     []panel `json:"panels"`
	Templating struct {
		List []struct {
			Name       string     `json:"name"`
			Query      string     `json:"query"`
			Datasource datasource `json:"datasource"`
		} `json:"list"`
	} `json:"templating"`
	Annotations struct {
		List []struct {
			Name       string     `json:"name"`
			Datasource datasource `json:"datasource"`
			Target     *target    `json:"target"`
		} `json:"list"`
	} `json:"annotations"`
	file, text string
}

type panel struct {
	ID         int        `json:"id"`
	Type       string     `json:"type"`
	Title      string     `json:"title"`
	Datasource datasource `json:"datasource"`
	Targets    []target   `json:"targets"`
	GridPos    struct{ X, Y, W, H int }
}

type datasource struct{ Type, UID string }

type target struct {
	Datasource datasource `json:"datasource"`
	RawSQL     string     `json:"rawSql"`
	Format     int        `json:"format"` // 0 time series, 1 table
	Expr       string     `json:"expr"`
}

func dashboards(t *testing.T) []dashboard {
	t.Helper()
	var all []dashboard
	for _, file := range glob(t, "grafana/dashboards/*.json") {
		d := dashboard{file: filepath.Base(file), text: read(t, file)}
		if err := json.Unmarshal([]byte(d.text), &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, d)
	}
	return all
}

// Everything that a dashboard refers to is there: data sources, other dashboards, its own variables.
func TestDashboardsHangTogether(t *testing.T) {
	var sources struct {
		Datasources []struct {
			UID      string            `yaml:"uid"`
			Type     string            `yaml:"type"`
			URL      string            `yaml:"url"`
			JSONData map[string]any    `yaml:"jsonData"`
			Secure   map[string]string `yaml:"secureJsonData"`
		} `yaml:"datasources"`
	}
	text := read(t, "grafana/provisioning/datasources/friction.yml")
	if err := yaml.Unmarshal([]byte(text), &sources); err != nil {
		t.Fatal(err)
	}
	known := map[datasource]bool{{"grafana", "-- Grafana --"}: true}
	for _, s := range sources.Datasources {
		known[datasource{s.Type, s.UID}] = true
	}
	services, _ := compose(t)
	for _, m := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.HasPrefix(l, "#") }), "\n"), -1) {
		if _, ok := services["grafana"].Environment[m[1]]; !ok {
			t.Errorf("the data sources name $%s, which Grafana is not given", m[1])
		}
	}
	all := dashboards(t)
	uids := map[string]bool{}
	for _, d := range all {
		uids[d.UID] = true
		if d.UID+".json" != d.file {
			t.Errorf("%s has the uid %s", d.file, d.UID)
		}
	}
	for _, d := range all {
		for _, m := range regexp.MustCompile(`/d/([\w-]+)`).FindAllStringSubmatch(d.text, -1) {
			if !uids[m[1]] {
				t.Errorf("%s links to dashboard %s, which is not there", d.file, m[1])
			}
		}
		variables := map[string]bool{"__url_time_range": true, "__data": true, "__rate_interval": true}
		for _, v := range d.Templating.List {
			variables[v.Name] = true
		}
		for _, m := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(d.text, -1) {
			if !variables[m[1]] {
				t.Errorf("%s names the variable %s, which it does not have", d.file, m[1])
			}
		}
		d.checkPanels(t, known)
	}
	for _, m := range regexp.MustCompile(`/d/([\w-]+)`).FindAllStringSubmatch(read(t, "prometheus/scores.rules.yml"), -1) {
		if !uids[m[1]] {
			t.Errorf("the alert rules link to dashboard %s, which is not there", m[1])
		}
	}
}

func (d *dashboard) checkPanels(t *testing.T, known map[datasource]bool) {
	ids := map[int]bool{}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: two panels have the id %d", d.file, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok || x >= 24 {
					t.Fatalf("%s: %q lies over %q, or beyond the edge", d.file, p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if len(p.Targets) == 0 {
			t.Errorf("%s: %q asks nothing", d.file, p.Title)
		}
		for _, q := range p.Targets {
			if !known[q.Datasource] || q.Datasource.Type != p.Datasource.Type {
				t.Errorf("%s: %q asks %v, which is not provisioned", d.file, p.Title, q.Datasource)
			}
		}
	}
}

// Every PromQL expression is one that Prometheus can read; that its metrics exist is tested beside it.
func TestDashboardsAskPrometheusWhatItUnderstands(t *testing.T) {
	var rules strings.Builder
	rules.WriteString("groups:\n- name: panels\n  rules:\n")
	n := 0
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if q.Expr != "" {
					n++
					expr, _ := json.Marshal(strings.ReplaceAll(q.Expr, "$__rate_interval", "1m"))
					fmt.Fprintf(&rules, "  - {record: 'panel:x%d', expr: %s}\n", n, expr)
				}
			}
		}
	}
	if n < 15 {
		t.Fatalf("found only %d expressions", n)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"panels.yml": rules.String(), "broken.yml": rules.String() + "  - {record: 'panel:y', expr: 'sum(rate(x[5m])'}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := promtool(t, dir, "check", "rules", "panels.yml"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := promtool(t, dir, "check", "rules", "broken.yml"); err == nil {
		t.Errorf("a broken expression passes:\n%s", out)
	}
}

// grafana is what Grafana and its data source put into a query.
type grafana struct {
	from, to  time.Time
	interval  time.Duration
	variables map[string]string
}

var (
	macro    = regexp.MustCompile(`\$__(\w+)(?:\((\w+)\))?`)
	variable = regexp.MustCompile(`\$\{(\w+)(?::(\w+))?\}`)
	// harmless is the only form in which a variable may be in SQL: an encoded value has letters, digits, -_.~ and %.
	harmless = regexp.MustCompile(`decodeURLComponent\('\$\{(\w+):percentencode\}'\)`)
)

// percentEncode is how Grafana's format percentencode writes a value that is no list: encodeURIComponent of JavaScript, and
// ! ' ( ) * besides (formatRegistry.ts and encodeURIComponentStrict in packages/scenes and public/app/features/templating).
func percentEncode(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// expand follows docs/sources/query-editor.md and template-variables.md of the data source. Macros it does not know fail.
func (g grafana) expand(sql string) (string, error) {
	var unknown error
	moment := func(at time.Time) string { return fmt.Sprintf("fromUnixTimestamp64Milli(%d)", at.UnixMilli()) }
	sql = macro.ReplaceAllStringFunc(sql, func(text string) string {
		m := macro.FindStringSubmatch(text)
		switch m[1] {
		case "timeFilter_ms":
			return fmt.Sprintf("%s >= %s AND %s <= %s", m[2], moment(g.from), m[2], moment(g.to))
		case "timeInterval_ms":
			return fmt.Sprintf("toStartOfInterval(toDateTime64(%s, 3), INTERVAL %d millisecond)", m[2], g.interval.Milliseconds())
		}
		unknown = fmt.Errorf("macro %s is not known here", text)
		return text
	})
	sql = variable.ReplaceAllStringFunc(sql, func(text string) string {
		m := variable.FindStringSubmatch(text)
		value, ok := g.variables[m[1]]
		if !ok || m[2] != "percentencode" {
			unknown = fmt.Errorf("variable %s has no value, or is not encoded", text)
		}
		return percentEncode(value)
	})
	if strings.Contains(sql, "$") {
		unknown = fmt.Errorf("something is left to replace")
	}
	return sql, unknown
}

// answer is a result in the format JSONCompact.
type answer struct {
	Meta []struct{ Name, Type string }
	Data [][]any
}

// mayBeEmpty are the panels that show nothing when all is well.
var mayBeEmpty = []string{"Alerts", "Alerts on this step", "Rejected records by reason", "Late events"}

// dashboards asks everything that every dashboard asks, as Grafana would: first the variables, each with the values of
// those before it, then annotations and panels.
func (d *deployment) dashboards(t *testing.T) {
	asked := 0
	wanted := map[string]string{"app": "shop", "journey": "checkout", "step": "payment", "dimension": "device"}
	for _, board := range dashboards(t) {
		g := grafana{from: time.Now().Add(-time.Hour), to: time.Now(), interval: time.Minute, variables: map[string]string{}}
		for _, v := range board.Templating.List {
			a := d.query(t, g, board.file+" "+v.Name, v.Query)
			found := slices.ContainsFunc(a.Data, func(row []any) bool { return row[0] == wanted[v.Name] })
			if !found {
				t.Errorf("%s: the values of %s are %v, without %q", board.file, v.Name, a.Data, wanted[v.Name])
			}
			g.variables[v.Name] = wanted[v.Name]
		}
		for _, note := range board.Annotations.List {
			if note.Target != nil {
				d.query(t, g, board.file+" "+note.Name, note.Target.RawSQL)
			}
		}
		for _, p := range board.Panels {
			for _, q := range p.Targets {
				if q.RawSQL == "" {
					continue
				}
				asked++
				where := board.file + " " + p.Title
				a := d.query(t, g, where, q.RawSQL)
				if len(a.Data) == 0 && !slices.Contains(mayBeEmpty, p.Title) {
					t.Errorf("%s: shows nothing", where)
				}
				if q.Format == 0 && !a.isSeries() {
					t.Errorf("%s: is no time series: %v", where, a.Meta)
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d panels asked ClickHouse", asked)
	}
}

func (d *deployment) query(t *testing.T, g grafana, where, sql string) (a answer) {
	t.Helper()
	text, err := g.expand(sql)
	if err != nil {
		t.Errorf("%s: %v: %s", where, err, sql)
		return a
	}
	body, err := d.ask(t, text+" FORMAT JSONCompact")
	if err == nil {
		err = json.Unmarshal([]byte(body), &a)
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", where, err, text)
	}
	return a
}

// isSeries says whether Grafana can draw it: a time first, and a number.
func (a answer) isSeries() bool {
	if len(a.Meta) < 2 || !strings.HasPrefix(a.Meta[0].Type, "DateTime64") {
		return false
	}
	kinds := map[bool]int{}
	for _, c := range a.Meta[1:] {
		kinds[strings.Contains(c.Type, "Int") || strings.Contains(c.Type, "Float")]++
	}
	return kinds[true] > 0 && kinds[false] <= 1
}

func TestGrafanaIsExpandedAsItsDocumentsSay(t *testing.T) {
	g := grafana{from: time.UnixMilli(1000), to: time.UnixMilli(61_000), interval: time.Minute, variables: map[string]string{"app": "it's"}}
	got, err := g.expand("SELECT $__timeInterval_ms(t) AS time FROM x WHERE a = decodeURLComponent('${app:percentencode}') AND $__timeFilter_ms(t)")
	want := `SELECT toStartOfInterval(toDateTime64(t, 3), INTERVAL 60000 millisecond) AS time FROM x WHERE a = decodeURLComponent('it%27s') AND t >= fromUnixTimestamp64Milli(1000) AND t <= fromUnixTimestamp64Milli(61000)`
	if err != nil || got != want {
		t.Errorf("got %s, %v", got, err)
	}
	for _, wrong := range []string{"$__timeFilter(t)", "${step:percentencode}", "${app:singlequote}", "${app}", "$app"} {
		if _, err := g.expand(wrong); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// The cases of Grafana's own tests of the format (formatRegistry.test.ts), and what strangers may call an app.
func TestPercentEncodeIsGrafanas(t *testing.T) {
	for value, want := range map[string]string{
		"foo()bar BAZ": "foo%28%29bar%20BAZ", "it's!*": "it%27s%21%2A", `\' OR 1 --`: "%5C%27%20OR%201%20--", "ä/+%": "%C3%A4%2F%2B%25", "a-b_c.d~e": "a-b_c.d~e",
		"$__timeFilter_ms(x)": "%24__timeFilter_ms%28x%29", "${step:raw}": "%24%7Bstep%3Araw%7D",
	} {
		if got := percentEncode(value); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

// What events say is in the SQL of a dashboard only where it can be nothing but a value. Grafana's singlequote leaves
// backslashes alone, which ClickHouse reads.
func TestVariablesInSQLAreValues(t *testing.T) {
	n := 0
	for _, d := range dashboards(t) {
		for where, sql := range statementsOf(&d) {
			n += len(harmless.FindAllString(sql, -1))
			rest := macro.ReplaceAllString(harmless.ReplaceAllString(sql, ""), "")
			if strings.ContainsAny(rest, "$") || strings.Contains(rest, "[[") {
				t.Errorf("%s: write decodeURLComponent('${name:percentencode}'): %s", where, sql)
			}
		}
		for _, link := range regexp.MustCompile(`"url": "([^"]*)"`).FindAllStringSubmatch(d.text, -1) {
			for _, v := range variable.FindAllStringSubmatch(strings.ReplaceAll(link[1], "__data.fields.", "__data_"), -1) {
				if v[1] != "__url_time_range" && v[2] != "percentencode" {
					t.Errorf("%s: %s in the link %s is not encoded", d.file, v[0], link[1])
				}
			}
		}
	}
	if n < 80 {
		t.Errorf("found only %d variables", n)
	}
}

// statementsOf are all statements of a dashboard, by where they are.
func statementsOf(d *dashboard) map[string]string {
	all := map[string]string{}
	for _, v := range d.Templating.List {
		all[d.file+" "+v.Name] = v.Query
	}
	for _, note := range d.Annotations.List {
		if note.Target != nil {
			all[d.file+" "+note.Name] = note.Target.RawSQL
		}
	}
	for _, p := range d.Panels {
		for i, q := range p.Targets {
			if q.RawSQL != "" {
				all[fmt.Sprintf("%s %s %d", d.file, p.Title, i)] = q.RawSQL
			}
		}
	}
	return all
}

// hostileNames asks every dashboard about an app, a journey, a step and a dimension with names that strangers chose. The
// real engine gives no error and no row of anybody else, and reads the very name.
func (d *deployment) hostileNames(t *testing.T) {
	for _, name := range []string{
		"it's", `\`, `\' OR 1 = 1 --`, `\' UNION ALL SELECT user FROM friction.sessions LIMIT 3 --`, "{app:String}", "$__timeFilter_ms(x)", "${step:raw}", "%27", "a+b", "\n\t\x01", "日本",
	} {
		g := grafana{
			from: time.Now().Add(-time.Hour), to: time.Now(), interval: time.Minute,
			variables: map[string]string{"app": name, "journey": name, "step": name, "dimension": name},
		}
		got := d.query(t, g, "a name", "SELECT decodeURLComponent('${app:percentencode}')")
		if len(got.Data) != 1 || got.Data[0][0] != name {
			t.Errorf("%q is read as %v", name, got.Data)
		}
		for _, board := range dashboards(t) {
			for where, sql := range statementsOf(&board) {
				if !harmless.MatchString(sql) {
					continue
				}
				for _, row := range d.query(t, g, where, sql).Data {
					if text := fmt.Sprint(row...); strings.Contains(text, "shop") || strings.Contains(text, "bank") || strings.Contains(text, "payment") {
						t.Errorf("%s: %q shows %v", where, name, row)
					}
				}
			}
		}
	}
}
