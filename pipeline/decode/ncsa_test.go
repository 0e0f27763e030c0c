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
		host := rapid.StringMatching(`[a-z0-9.:-]{1,20}`).Filter(func(s string) bool { return s != "-" }).Draw(t, "host")
		remote := rapid.StringMatching(`[a-zé]{1,9}`).Draw(t, "remote user")
		at := time.Unix(rapid.Int64Range(946_684_800, 4_000_000_000).Draw(t, "time"), 0).In(time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone")))
		method := rapid.SampledFrom([]string{"GET", "POST", "PROPFIND", "M-SEARCH"}).Draw(t, "method")
		target := rapid.StringMatching(`/["\\a-zé?&=. /]{0,20}[a-z]`).Draw(t, "target")
		status := rapid.IntRange(100, 599).Draw(t, "status")
		agent := rapid.StringMatching(`[ -~é]{1,40}`).Filter(func(s string) bool { return s != "-" && s[0] != '/' && !strings.Contains(s, "://") }).Draw(t, "agent")
		line := fmt.Sprintf(`%s - %s [%s] "%s %s HTTP/1.1" %d %d "-" "%s"`, host, remote, at.Format("02/Jan/2006:15:04:05 -0700"), method, escape.Replace(target), status, status, escape.Replace(agent))
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

// FuzzAccessLog looks for lines that bring the decoder down or make it say more
// than the line did.
func FuzzAccessLog(f *testing.F) {
	f.Add([]byte(`127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a\"b HTTP/1.0" 200 2326 "http://r/" "UA"`))
	f.Add([]byte(`::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 - "-" "`))
	f.Add([]byte(`h - - [10/Oct/2000:13:55:36 -0700] "\`))
	f.Fuzz(func(t *testing.T, line []byte) {
		d := decoder(t, func(c *Config) { c.Format = NCSA })
		var e event.Event
		r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: line}, &e)
		if r.Reason != event.Accepted {
			return
		}
		fields := strings.Fields(string(line))
		if len(fields) < 6 || e.User != strings.SplitN(string(line), " ", 2)[0] || e.Status < 0 || e.Status > 999 {
			t.Fatalf("%q: %s", line, describe(&e))
		}
	})
}
