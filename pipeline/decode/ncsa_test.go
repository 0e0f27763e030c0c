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
		agent := rapid.StringMatching(`[ -~é]{1,40}`).Filter(func(s string) bool { return s != "-" }).Draw(t, "agent")
		line := fmt.Sprintf(`%s - %s [%s] "%s %s HTTP/1.1" %d %d "-" "%s"`, host, remote, at.Format("02/Jan/2006:15:04:05 -0700"), method, escape.Replace(target), status, status, escape.Replace(agent))
		var e event.Event
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e); r.Reason != event.Accepted {
			t.Fatalf("%s: %v", line, r)
		}
		if e.User != host || e.Account != remote || e.Time != event.Millis(at.UnixMilli()) || e.Op != method+" "+target || e.Page != target ||
			int(e.Status) != status || e.Has(event.OK) != (status < 400) || e.Attr("user_agent") != string(withoutQuery([]byte(agent))) {
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

func TestAgents(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36":                        "desktop|Windows|Chrome",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0":          "desktop|Windows|Edge",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15":                  "desktop|macOS|Safari",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0 Mobile/15E148 Safari/604.1": "mobile|iOS|Chrome",
		"Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Mobile/15E148 Safari/604.1":         "tablet|iOS|Safari",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36":                  "mobile|Android|Chrome",
		"Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36":     "tablet|Android|Samsung Internet",
		"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0":                                                         "desktop|Linux|Firefox",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36":                         "desktop|ChromeOS|Chrome",
		"Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko":                                                                          "desktop|Windows|Internet Explorer",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                               "bot||",
		"curl/8.4.0": "bot||",
		"something":  "||",
	} {
		c := contextOfAgent(agent)
		if got := c.Device + "|" + c.OS + "|" + c.Browser; got != want {
			t.Errorf("%s is %s, want %s", agent, got, want)
		}
	}
}
