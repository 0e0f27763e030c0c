package decode

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// Lines put together from parts must come apart into the same parts.
func TestAccessLogParts(t *testing.T) {
	d := decoder(t, func(c *Config) { c.Format, c.Pages, c.Ops = NCSA, URLs{Key: WholeURL}, URLs{Key: WholeURL} })
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z][a-z0-9.-]{1,20}|[0-9]{1,3}\.0\.2\.[0-9]{1,3}|2001:db8::[0-9a-f]{1,4}`).Draw(t, "host")
		vhost := rapid.SampledFrom([]string{"", "", "shop.example:443 "}).Draw(t, "virtual host")
		remote := rapid.StringMatching(`[a-zé]([a-zé \[,=]{0,9}[a-zé])?`).Draw(t, "remote user")
		blank := rapid.SampledFrom([]string{" ", " ", "  "}).Draw(t, "blanks")
		at := time.Unix(rapid.Int64Range(946_684_800, 4_000_000_000).Draw(t, "time"), 0).In(time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone")))
		method := rapid.SampledFrom([]string{"GET", "POST", "PROPFIND", "M-SEARCH"}).Draw(t, "method")
		target := rapid.StringMatching(`/["\\a-zé?&=. /]{0,20}[a-z]`).Draw(t, "target")
		status := rapid.IntRange(100, 599).Draw(t, "status")
		agent := rapid.StringMatching(`[ -~é]{1,40}`).Filter(func(s string) bool { return s != "-" && s[0] != '/' && !strings.Contains(s, "://") }).Draw(t, "agent")
		line := fmt.Sprintf(`%s%s -%s%s%s[%s] "%s %s HTTP/1.1" %d %d "-" "%s"`, vhost, host, blank, remote, blank, at.Format("02/Jan/2006:15:04:05 -0700"), method, escape.Replace(target), status, status, escape.Replace(agent))
		var e event.Event
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e); r.Reason != event.Accepted {
			t.Fatalf("%s: %v", line, r)
		}
		if e.User != host || e.Account != remote || e.Time != event.Millis(at.UnixMilli()) || e.Op != method+" "+target || e.Page != target ||
			int(e.Status) != status || e.Has(event.OK) != (status < 400) || e.Attr("user_agent") != agent {
			t.Fatalf("%s\n%s", line, describe(&e))
		}
	})
}

// fuzzFormat looks for values that bring a reader down, or make it say what no access log says.
func fuzzFormat(f *testing.F, change func(*Config), check func(t *testing.T, value []byte, e *event.Event)) {
	f.Helper()
	d := decoder(f, change)
	f.Fuzz(func(t *testing.T, value []byte) {
		var e event.Event
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: value}, &e); r.Reason != event.Accepted {
			return
		}
		if e.Status < 0 || e.Status > 999 || e.Type != event.Request && e.Type != event.PageView || e.Type == event.PageView && !strings.HasPrefix(e.Op, "GET ") {
			t.Fatalf("%q: %s", value, describe(&e))
		}
		if e.Type == event.PageView && e.Status/100 == 3 && e.Status != 304 {
			t.Fatalf("%q: a redirect is a page: %s", value, describe(&e))
		}
		check(t, value, &e)
	})
}

// inValue fails if a text of an event stands nowhere in its value.
func inValue(t *testing.T, value []byte, e *event.Event) {
	if !strings.Contains(string(value), e.User) {
		t.Fatalf("%q: %s", value, describe(e))
	}
}

func FuzzAccessLog(f *testing.F) {
	f.Add([]byte(`127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a\"b HTTP/1.0" 200 2326 "http://r/" "UA"`))
	f.Add([]byte(`::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 - "-" "`))
	f.Add([]byte(`h - - [10/Oct/2000:13:55:36 -0700] "\`))
	f.Add([]byte(`<13>Jan  1 10:00:00 web nginx[7]: shop.example:443 192.0.2.1, unknown, 10.0.0.1:80 - "jane doe " [10/Oct/2000:13:55:36.123 GMT]  "GET /a"b HTTP/1.0"  200  "-" "U"A" "203.0.113.1, 10.0.0.1"`))
	fuzzFormat(f, func(c *Config) { c.Format = NCSA }, inValue)
}

func FuzzW3C(f *testing.F) {
	f.Add([]byte("2025-01-07 19:47:58 GET /planner/index - 192.0.2.77 Mozilla/5.0+(Windows+NT+10.0) 200 20"))
	f.Add([]byte("2025-01-07\t19:47:58\tGET\t/planner/index\ta=b\t192.0.2.77\tMozilla/5.0%20(Windows)\t200\t0.020"))
	f.Add([]byte(`2025-01-07 19:47:58.123 GET /x - "192.0.2.77" " ""garbage"" w/ spaces " 200 20`))
	f.Add([]byte("#Fields: date time"))
	fuzzFormat(f, func(c *Config) {
		c.Format, c.Columns = W3C, []string{"date", "time", "cs-method", "cs-uri-stem", "cs-uri-query", "c-ip", "cs(User-Agent)", "sc-status", "time-taken"}
	}, inValue)
}

func FuzzAccessJSON(f *testing.F) {
	for _, value := range goldenInputs(f, "access_json.txt") {
		f.Add([]byte(value))
	}
	fuzzFormat(f, func(c *Config) { c.Format = AccessJSON }, func(*testing.T, []byte, *event.Event) {})
}

// The columns of a W3C log are those of its last line #Fields, and its date is that of the line #Date where rows have none.
func TestW3CFields(t *testing.T) {
	d := decoder(t, func(c *Config) { c.Format = W3C })
	for _, c := range []struct{ header, row, want string }{
		{"", "2025-01-07 10:00:00 192.0.2.1", "! malformed: the names of the columns are not known: want a line #Fields in front of the row, or input.columns"},
		{"#Fields: date time c-ip cs-uri-stem", "2025-01-07 10:00:00 192.0.2.1 /a", `= 2025-01-07T10:00:00.000 request user="192.0.2.1"`},
		{"#Fields:\tc-ip cs-method cs-uri-stem date  time", "192.0.2.2 GET /b 2025-01-07 10:00:01", `= 2025-01-07T10:00:01.000 page_view user="192.0.2.2" page="/b" op="GET /b"`},
		{"#Fields: time c-ip\n#Date: 2025-02-01 09:00:00", "10:00:00 192.0.2.1", `= 2025-02-01T10:00:00.000 request user="192.0.2.1"`},
		{"#Fields: time c-ip", "10:00:00 192.0.2.1", "! bad_time: time: want a date and a time like 2006-01-02 15:04:05, in columns date and time"},
		{"#Fields: date time c-ip", "2025-01-07 10:00:00 192.0.2.1 x", "! malformed: the row has 4 columns: want 3, as the line #Fields says"},
		{"#Fields: date time c-ip", "#Date: 2025-02-01 09:00:00", "! empty: a comment of a W3C log"},
	} {
		if err := d.SetHeaderLine([]byte(c.header)); err != nil {
			t.Fatal(err)
		}
		if got := outcome(d, c.row); got != c.want {
			t.Errorf("%q: %q\n got %s\nwant %s", c.header, c.row, got, c.want)
		}
	}
}

// Where clients connect directly, what they say of themselves does not make them somebody else.
func TestForwardedCanBeSwitchedOff(t *testing.T) {
	for format, value := range map[Format]string{
		NCSA:       `192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 "-" "agent" "203.0.113.7, 10.0.0.1"`,
		W3C:        `2025-01-07 10:00:00 192.0.2.1 "203.0.113.7, 10.0.0.1"`,
		AccessJSON: `{"ts":1736244000,"remote_addr":"192.0.2.1:4711","x_forwarded_for":"203.0.113.7","path":"/"}`,
	} {
		for forwarded, want := range map[bool]string{true: "203.0.113.7", false: "192.0.2.1"} {
			d := decoder(t, func(c *Config) {
				c.Format, c.Columns, c.AccessLog.Forwarded = format, []string{"date", "time", "c-ip", "X-Forwarded-For"}, forwarded
			})
			var e event.Event
			if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(value)}, &e); r.Reason != event.Accepted || e.User != want {
				t.Errorf("%s, forwarded %v: %v, user %s, want %s", format, forwarded, r, e.User, want)
			}
		}
	}
}
