package looks

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// samples are texts as other programs write them.
var samples = []struct{ what, text string }{
	{"CloudEvents", `{"specversion":"1.0","id":"1","source":"web","type":"x","time":"2025-01-31T00:00:00Z","data":{"time":"2025-01-31T00:00:00Z","user":"u","type":"page_view","page":"/cart"}}`},
	{"a GA4 export", `{"event_date":"20250131","event_timestamp":"1738281600123456","event_name":"page_view","event_params":[{"key":"page_location","value":{"string_value":"https://shop.example/cart"}}],"user_pseudo_id":"1.2"}`},
	{"Segment or RudderStack", `{"anonymousId":"a","context":{"page":{"path":"/login"}},"messageId":"m","timestamp":"2025-03-25T19:40:25.808Z","type":"page","userId":"133"}`},
	{"Segment or RudderStack", `{"context":{},"messageId":"m","timestamp":"2025-03-25T19:40:25.808Z","type":"track","event":"Order Completed","userId":"133"}`},
	{"Datadog RUM", `{"type":"action","date":1738281600123,"application":{"id":"a"},"session":{"id":"s"},"view":{"id":"v","url":"https://shop.example/cart"},"action":{"type":"click","target":{"name":"Buy"}}}`},
	{"a Mixpanel export", `{"event":"Page View","properties":{"time":1738281600,"distinct_id":"u","$current_url":"https://shop.example/cart","$insert_id":"abc"}}`},
	{"PostHog", `{"uuid":"0190","event":"$pageview","distinct_id":"u","properties":{"$pathname":"/cart"},"timestamp":"2025-01-31T00:00:00Z"}`},
	{"an Amplitude export", `{"event_type":"Buy","event_time":"2025-01-31 10:00:00.123000","device_id":"d","user_id":null,"insert_id":"i","$insert_id":"i"}`},
	{"OpenTelemetry logs", `{"resourceLogs":[]}`},
	{"an access log in JSON", `{"time_iso8601":"2025-01-07T10:00:00+00:00","remote_addr":"203.0.113.9","request":"GET /cart HTTP/1.1","status":"200"}`},
	{"an access log in JSON", `{"start_time":"2025-01-07T10:00:00.123Z","method":"GET","path":"/cart","response_code":200,"x_forwarded_for":"203.0.113.9"}`},
	{"an access log in JSON", `{"ip": "192.0.2.21","path": "/cart","status": "502","date": "2025-04-03T20:11:06-07:00"}`},
	{"an access log in JSON", `{"remote_addr":"192.0.2.21","request":"GET /caf\xC3\xA9 HTTP/1.1","status":"200","time_iso8601":"2025-04-03T20:11:06-07:00"}`},
	{"an access log in JSON", `2025-04-03T20:11:06Z stdout F {"remote_addr":"192.0.2.21","request":"GET / HTTP/1.1","status":"200","time_iso8601":"2025-04-03T20:11:06-07:00"}`},
	{"JSON of another shape", `{"ts":1,"who":"u"}`},
	{"a JSON array of GA4", `[{"event_timestamp":"1738281600123456","event_name":"page_view","event_params":[],"user_pseudo_id":"1.2"}]`},
	{"a W3C extended log", "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time\n"},
	{"an access log", `203.0.113.9 - - [10/Oct/2025:13:55:36 -0700] "GET / HTTP/1.0" 200 2326`},
	{"an access log", "\ufeff" + `shop.example:443 203.0.113.9, 10.0.0.1 - jane doe [10/Oct/2025:13:55:36 -0700] "GET / HTTP/1.0" 200 2326`},
	{"a W3C extended log", "#Fields: date time c-ip\r\n2025-01-07 19:47:50 192.0.2.77\r\n"},
	{"HTML", "<!DOCTYPE html><html>"},
	{"CSV", "time,user,type\n1,2,3\n"},
	{"CSV with ; between columns", "time;user;type\n1;2;3\n"},
	{"TSV", "time\tuser\ttype\n"},
	{"", "nothing in particular"},
	{"", `{"time":1,"user":"u","type":"click"}`},
}

func TestLook(t *testing.T) {
	for _, s := range samples {
		l := At([]byte(s.text))
		if s.what == "" && l.What != "" || !strings.Contains(l.What, s.what) {
			t.Errorf("%s\nlooks like %q, want %q", s.text, l.What, s.what)
		}
		if l.What != "" && l.Way == "" {
			t.Errorf("%s: nothing is said of what to do", l.What)
		}
	}
}

// TestWaysWork runs the commands that messages suggest, and decodes what comes out.
func TestWaysWork(t *testing.T) {
	program, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("SKIPPED: jq is not installed; the commands in messages are not tried")
	}
	d, err := decode.New(decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		_, filter, _ := strings.Cut(At([]byte(s.text)).Way, "jq -c '")
		filter, ok := strings.CutSuffix(filter, "'"+jq)
		if !ok || strings.Contains(filter, "…") {
			continue
		}
		path := filepath.Join(t.TempDir(), "in.json")
		if err := os.WriteFile(path, []byte(s.text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), program, "-c", filter, path).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", s.what, err, out)
			continue
		}
		var e event.Event
		rec := event.Record{Time: event.Never, NoKey: true, Value: []byte(strings.TrimSpace(string(out)))}
		if why := d.Decode(&rec, &e); why.Reason != event.Accepted {
			t.Errorf("%s: %s: %s: %s", s.what, why.Reason, why.Detail, out)
		}
	}
}
