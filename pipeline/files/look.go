package files

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"friction/pipeline/decode"
)

// looks is what a text seems to be, and how friction can read it. FILE in way
// stands for the file.
type looks struct{ what, way string }

// asked reports whether the way is what was asked for already.
func (l looks) asked(f decode.Format) bool { return strings.Contains(l.way, "--format "+string(f)) }

// shape knows a format of JSON by members that no other format has together.
type shape struct {
	keys []string // all of them are there; a.b is member b of the object a
	looks
}

const jq = " FILE | friction replay -"

// shapes are formats of JSON that people have, the more particular first. Each way
// names the members that become fields of an event; jq is a program that most
// systems have.
var shapes = []shape{
	{[]string{"specversion", "type", "source", "data"}, looks{"CloudEvents", `the event is the member data: jq -c '.data'` + jq}},
	{[]string{"event_name", "event_timestamp", "event_params"}, looks{
		"a GA4 export of BigQuery",
		`time is event_timestamp (in µs), user is user_pseudo_id, type is event_name, page is the event_param page_location: ` +
			`jq -c '{time: ((.event_timestamp | tonumber) / 1000 | floor), user: (.user_id // .user_pseudo_id), type: .event_name, ` +
			`page: ([.event_params[] | select(.key == "page_location").value.string_value][0])}'` + jq,
	}},
	{[]string{"messageId", "type", "anonymousId", "context"}, looks{"Segment or RudderStack", segmentWay}},
	{[]string{"messageId", "type", "userId", "context"}, looks{"Segment or RudderStack", segmentWay}},
	{[]string{"type", "date", "application.id", "session.id", "view.url"}, looks{
		"Datadog RUM events",
		`time is date, user is usr.id or session.id, type is action.type or type, page is view.url, target is action.target.name: ` +
			`jq -c '{time: .date, user: (.usr.id // .session.id), session: .session.id, page: .view.url, ` +
			`type: ({view: "page_view", resource: "request", error: "error"}[.type] // .action.type // "custom"), target: {id: (.action.target.name // "")}}'` + jq,
	}},
	{[]string{"event", "properties.distinct_id", "properties.time"}, looks{
		"a Mixpanel export",
		`time is properties.time, user is properties.distinct_id, name is event, page is properties.$current_url: ` +
			`jq -c '{time: ((.properties.time | if . < 100000000000 then . * 1000 else . end) | floor), user: .properties.distinct_id, ` +
			`id: .properties["$insert_id"], type: (if .event | test("page.?view"; "i") then "page_view" else "custom" end), name: .event, page: .properties["$current_url"]}'` + jq,
	}},
	{[]string{"event", "distinct_id", "properties", "timestamp"}, looks{
		"PostHog events",
		`time is timestamp, user is distinct_id, type is event, page is properties.$pathname: ` +
			`jq -c '{time: .timestamp, user: .distinct_id, id: .uuid, session: .properties["$session_id"], page: .properties["$pathname"], ` +
			`type: ({"$pageview": "page_view", "$screen": "screen_view"}[.event] // "custom"), name: .event}'` + jq,
	}},
	{[]string{"event_type", "event_time", "device_id", "insert_id"}, looks{
		"an Amplitude export",
		`time is event_time, user is user_id or device_id, name is event_type: ` +
			`jq -c '{time: ((.event_time | sub(" "; "T") | sub("\\..*"; "")) + "Z"), user: (.user_id // .device_id), id: ."$insert_id", type: "custom", name: .event_type}'` + jq,
	}},
	{[]string{"resourceLogs"}, looks{"OpenTelemetry logs (OTLP)", "a record holds many events; write each log record as one line of native JSON: docs/events.md"}},
	{[]string{"resourceSpans"}, looks{"OpenTelemetry traces (OTLP)", "a record holds many events; write each span as one line of native JSON: docs/events.md"}},
	{[]string{"remote_addr", "request"}, looks{
		"an nginx log in JSON",
		`time is time_iso8601 or msec, user is remote_addr, op is request, status is status: ` +
			`jq -c '{time: (.time_iso8601 // ((.msec | tonumber) * 1000 | floor)), user: .remote_addr, type: "page_view", page: (.request | split(" ")[1] // ""), status: (.status | tonumber)}'` + jq,
	}},
	{[]string{"start_time", "path", "response_code"}, looks{
		"an Envoy log in JSON",
		`time is start_time, user is x_forwarded_for, page is path, status is response_code: ` +
			`jq -c '{time: .start_time, user: .x_forwarded_for, type: "page_view", page: .path, status: .response_code}'` + jq,
	}},
}

const segmentWay = `time is timestamp, user is userId or anonymousId, page is context.page.path, name is event: ` +
	`jq -c '{time: .timestamp, user: (.userId // .anonymousId), id: .messageId, page: (.context.page.path // .name), ` +
	`type: ({page: "page_view", screen: "screen_view"}[.type] // "custom"), name: (.event // .name // .type)}'` + jq

// ncsaLine is the time that every line of an access log has in brackets.
var ncsaLine = regexp.MustCompile(`\[\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\]`)

// look says what a text seems to be, by how it begins; the zero value where it is
// nothing we know.
func look(head []byte) looks {
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte("\n"))
	line := string(first)
	switch {
	case strings.HasPrefix(line, "{"):
		return lookAtJSON(head)
	case strings.HasPrefix(line, "["):
		return lookAtArray(head)
	case strings.HasPrefix(line, "#Software:"), strings.HasPrefix(line, "#Version:"), strings.HasPrefix(line, "#Fields:"):
		return looks{"a W3C extended log, as IIS writes", `the columns stand behind #Fields: ` +
			`grep -v '^#' FILE | friction replay --format csv --set input.delimiter=" " --set input.columns=… --map "time=…,user=c-ip,type='page_view',page=cs-uri-stem,status=sc-status" -`}
	case ncsaLine.MatchString(line):
		return looks{"an access log", "friction replay --format ncsa FILE"}
	case strings.HasPrefix(strings.ToLower(line), "<!doctype"), strings.HasPrefix(line, "<"):
		return looks{"HTML or XML", "this is no list of events; was it downloaded from a page that asks for a login?"}
	case strings.Count(line, "\t") >= 100:
		return looks{"Snowplow enriched TSV", "name its columns: friction replay --format tsv --set input.columns=… --map … FILE"}
	case strings.Count(line, "\t") >= 2:
		return looks{"TSV", "friction replay --format tsv --map \"time=…,user=…,type=…\" FILE"}
	case strings.Count(line, ",") >= 2:
		return looks{"CSV", "friction replay --format csv --map \"time=…,user=…,type=…\" FILE"}
	}
	return looks{}
}

// lookAtArray looks at the first element of an array.
func lookAtArray(head []byte) looks {
	l := lookAtJSON(bytes.TrimLeft(head, " \t\r\n["))
	if l.what == "" {
		return looks{"a JSON array", "friction replay --format native FILE reads arrays of native events"}
	}
	return looks{"a JSON array of " + strings.TrimPrefix(l.what, "a "), strings.Replace(l.way, "jq -c '", "jq -c '.[] | ", 1)}
}

// lookAtJSON looks at the first object of a text.
func lookAtJSON(head []byte) looks {
	var object map[string]any
	if json.NewDecoder(bytes.NewReader(head)).Decode(&object) != nil {
		return looks{}
	}
	for _, s := range shapes {
		if s.fits(object) {
			return s.looks
		}
	}
	has := func(key string) bool { _, ok := object[key]; return ok }
	if has("time") && has("user") && has("type") {
		return looks{}
	}
	return looks{"JSON of another shape", "an event needs time, user and type; rename the members: " +
		`jq -c '{time: .…, user: .…, type: "page_view", page: .…}'` + jq}
}

func (s shape) fits(object map[string]any) bool {
	for _, key := range s.keys {
		in, rest := object, key
		for {
			name, more, deeper := strings.Cut(rest, ".")
			v, ok := in[name]
			if !ok {
				return false
			}
			if !deeper {
				break
			}
			if in, ok = v.(map[string]any); !ok {
				return false
			}
			rest = more
		}
	}
	return true
}
