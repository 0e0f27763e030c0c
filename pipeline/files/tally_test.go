package files

import (
	"strings"
	"testing"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

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
	produce := NewTally()
	produce.Command = "produce --topic t"
	produce.begin("it's a.log", []byte(`203.0.113.9 - - [10/Oct/2025:13:55:36 -0700] "GET / HTTP/1.0" 200 2326`))
	produce.begin("-", []byte(`{"event_timestamp":"1","event_name":"x","event_params":[]}`))
	for _, path := range []string{"it's a.log", "-"} {
		produce.Note(Position{Path: path, Line: 1}, event.Rejection{Reason: event.Malformed})
	}
	said := produce.Err(decode.Native).Error()
	for _, want := range []string{`friction produce --topic t --format ncsa 'it'\''s a.log'`, "standard input: only 0 of 1", "' | friction produce --topic t -"} {
		if !strings.Contains(said, want) {
			t.Errorf("%s\ndoes not say %s", said, want)
		}
	}
	f("blank lines do not count", 5, 5, 90, "")
	f("nothing but blank lines", 0, 0, 3, "")
}
