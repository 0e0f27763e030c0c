package files

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
	{"an nginx log", `{"time_iso8601":"2025-01-07T10:00:00+00:00","remote_addr":"203.0.113.9","request":"GET /cart HTTP/1.1","status":"200"}`},
	{"an Envoy log", `{"start_time":"2025-01-07T10:00:00.123Z","method":"GET","path":"/cart","response_code":200,"x_forwarded_for":"203.0.113.9"}`},
	{"JSON of another shape", `{"ts":1,"who":"u"}`},
	{"a JSON array of GA4", `[{"event_timestamp":"1738281600123456","event_name":"page_view","event_params":[],"user_pseudo_id":"1.2"}]`},
	{"a W3C extended log", "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time\n"},
	{"an access log", `203.0.113.9 - - [10/Oct/2025:13:55:36 -0700] "GET / HTTP/1.0" 200 2326`},
	{"HTML", "<!DOCTYPE html><html>"},
	{"CSV", "time,user,type\n1,2,3\n"},
	{"TSV", "time\tuser\ttype\n"},
	{"", "nothing in particular"},
	{"", `{"time":1,"user":"u","type":"click"}`},
}

func TestLook(t *testing.T) {
	for _, s := range samples {
		l := look([]byte(s.text))
		if s.what == "" && l.what != "" || !strings.Contains(l.what, s.what) {
			t.Errorf("%s\nlooks like %q, want %q", s.text, l.what, s.what)
		}
		if l.what != "" && l.way == "" {
			t.Errorf("%s: nothing is said of what to do", l.what)
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
		_, filter, _ := strings.Cut(look([]byte(s.text)).way, "jq -c '")
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

func TestTally(t *testing.T) {
	f := func(what string, decoded, failed, blank int, want string) {
		t.Helper()
		tally := NewTally()
		tally.begin("logs/a.json", []byte(`{"event_timestamp":"1","event_name":"x","event_params":[]}`))
		n := int64(0)
		note := func(times int, r event.Rejection) {
			for range times {
				n++
				tally.Note(Position{Path: "logs/a.json", Line: n}, r)
			}
		}
		note(decoded, event.Rejection{})
		note(blank, event.Rejection{Reason: event.Empty})
		note(failed, event.Rejection{Reason: event.MissingTime, Detail: "want a time"})
		err := tally.Err(decode.Native)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want one that says %q", what, err, want)
		}
	}
	f("all well", 5, 0, 0, "")
	f("half", 5, 5, 0, "")
	f("fewer than half", 4, 5, 0, "logs/a.json: only 4 of 9 records could be read as native; the first that could not is line 5: missing_time: want a time\n  It looks like a GA4 export")
	f("blank lines do not count", 5, 5, 90, "")
	f("nothing but blank lines", 0, 0, 3, "")
}
