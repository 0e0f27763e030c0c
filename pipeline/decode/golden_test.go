package decode

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// describe writes what an event holds, field by field, zero values left out.
func describe(e *event.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", time.UnixMilli(int64(e.Time)).UTC().Format("2006-01-02T15:04:05.000"), e.Type)
	say := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%q", name, value)
		}
	}
	say("user", e.User)
	say("app", strings.TrimPrefix(e.App, defaultApp))
	say("account", e.Account)
	say("session", e.Client)
	say("id", e.ID)
	say("name", e.Name)
	say("page", e.Page)
	say("op", e.Op)
	if e.Status != 0 || e.Attempt != 0 {
		fmt.Fprintf(&b, " status=%d attempt=%d", e.Status, e.Attempt)
	}
	if t := e.Target; t != nil {
		say("target", strings.Join([]string{t.ID, t.Tag, t.Text, t.Role, t.Href, t.InputType, t.Selector, strings.Join(t.Classes, " ")}, "|"))
	}
	if c := e.Context; c != nil {
		say("context", strings.Join([]string{c.Device, c.OS, c.Browser, c.AppVersion, c.Country, c.Variant, c.Language}, "|"))
	}
	if f := e.Error; f != nil {
		say("error", f.Kind+"|"+f.Message)
	}
	for _, a := range e.Attrs {
		say("@"+a.Name, a.Value)
	}
	for i, name := range []string{"clock_ahead", "position", "keyboard", "has_ok", "ok", "duration", "foreign"} {
		if e.Has(event.Flag(1 << i)) {
			b.WriteString(" +" + name)
			if name == "position" {
				fmt.Fprintf(&b, "(%g,%g)", e.X, e.Y)
			}
			if name == "duration" {
				fmt.Fprintf(&b, "(%d)", e.Duration)
			}
		}
	}
	return b.String()
}

// golden decodes the lines of a file that start with "> " (as they are) or ">q "
// (a Go string) and compares what comes of them with the line below each.
func golden(t *testing.T, name string, d *Decoder) {
	t.Helper()
	path := filepath.Join("testdata", name)
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for i, line := range strings.Split(strings.TrimSuffix(string(script), "\n"), "\n") {
		if strings.HasPrefix(line, "= ") || strings.HasPrefix(line, "! ") {
			continue
		}
		fmt.Fprintln(&out, line)
		value, isRaw := strings.CutPrefix(line, "> ")
		if quoted, ok := strings.CutPrefix(line, ">q "); ok {
			if value, err = strconv.Unquote(quoted); err != nil {
				t.Fatalf("%s:%d: %v", path, i+1, err)
			}
		} else if !isRaw {
			continue
		}
		fmt.Fprintln(&out, outcome(d, value))
	}
	if *rewrite {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, got := strings.Split(string(script), "\n"), strings.Split(out.String(), "\n")
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Fatalf("%s:%d:\n got %s\nwant %s", path, i+1, got[i], want[i])
		}
	}
	if len(want) != len(got) {
		t.Fatalf("%s: %d lines, want %d", path, len(got), len(want))
	}
}

// goldenInputs are the values of a golden file.
func goldenInputs(t testing.TB, name string) (values []string) {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(script)) {
		line = strings.TrimSuffix(line, "\n")
		if raw, ok := strings.CutPrefix(line, "> "); ok {
			values = append(values, raw)
		}
		if quoted, ok := strings.CutPrefix(line, ">q "); ok {
			value, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
	}
	return values
}

func outcome(d *Decoder, value string) string {
	rec := event.Record{Time: event.Never, NoKey: true, Value: []byte(value)}
	var e event.Event
	before, dropped := d.Counts(), d.Dropped()
	r := d.Decode(&rec, &e)
	if r.Reason != event.Accepted {
		return strings.TrimSpace("! " + r.Reason.String() + ": " + r.Detail)
	}
	text := "= " + describe(&e)
	if c := d.Counts().Since(before); c != (Counts{}) {
		if c.UnknownFields+c.CutStrings+c.DroppedAttrs > 0 {
			text += fmt.Sprintf(" (unknown %d, cut %d, dropped %d)", c.UnknownFields, c.CutStrings, c.DroppedAttrs)
		}
		for name, n := range map[string]uint64{"mended": c.Mended, "assumed UTC": c.AssumedUTC, "repeated": c.Repeated} {
			if n > 0 {
				text += " (" + name + ")"
			}
		}
	}
	for f, n := range d.Dropped() {
		if n -= dropped[f]; n > 0 {
			text += " -" + fields.Field(f).String()
		}
	}
	return text
}

// decoder makes a decoder of the default configuration as changed.
func decoder(t testing.TB, change func(c *Config)) *Decoder {
	t.Helper()
	cfg := DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGoldenNative(t *testing.T) {
	golden(t, "native.txt", decoder(t, nil))
}

func TestGoldenLimits(t *testing.T) {
	golden(t, "limits.txt", decoder(t, tight))
}

func tight(c *Config) {
	c.MaxBytes, c.MaxIDBytes, c.MaxTextBytes, c.MaxAttrs, c.MaxDepth = 400, 16, 24, 2, 4
}

func TestGoldenAccessLog(t *testing.T) {
	golden(t, "ncsa.txt", decoder(t, func(c *Config) { c.Format = NCSA }))
}

func TestGoldenAccessLogByUser(t *testing.T) {
	golden(t, "ncsa_user.txt", decoder(t, func(c *Config) {
		c.Format, c.AccessLog = NCSA, AccessLog{User: "remote_user", PageViews: true, Assets: []string{".PHP"}}
	}))
}

func TestGoldenW3C(t *testing.T) {
	golden(t, "w3c.txt", decoder(t, func(c *Config) {
		c.Format = W3C
		c.Columns = []string{"date", "time", "cs-method", "cs-uri-stem", "cs-uri-query", "cs-username", "c-ip", "cs(User-Agent)", "cs(Referer)", "cs-host", "sc-status", "time-taken", "X-Forwarded-For"}
	}))
}

func TestGoldenAccessJSON(t *testing.T) {
	golden(t, "access_json.txt", decoder(t, func(c *Config) { c.Format = AccessJSON }))
}

func TestGoldenCSV(t *testing.T) {
	golden(t, "csv.txt", decoder(t, func(c *Config) {
		c.Format = CSV
		c.Columns = []string{"when", "who", "what", "url", "method", "code", "took", "ok", "x", "y", "el", "os", "note", ""}
		c.Map = `time=when, user=who, type=what, page=url, op=method+' '+url, status=code, duration_ms=took:s, ok=ok, x=x, y=y,
			target=el, target.tag='a', context.os=os, attrs=*`
	}))
}

func TestGoldenTSV(t *testing.T) {
	golden(t, "tsv.txt", decoder(t, func(c *Config) {
		c.Format, c.Columns, c.Map = TSV, []string{"t", "u", "href", "classes", "message"},
			`time=t:rfc3339,user=u,type='error',target.href=href,target.classes=classes,error.message=message,error.kind='js',keyboard='1'`
	}))
}
