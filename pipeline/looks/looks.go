package looks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// Look is what a text seems to be, and how friction can read it.
type Look struct {
	What string // empty where it is nothing we know
	// Format reads it as it is; empty where it must be made into something else first.
	Format decode.Format
	// Way is what to do with a file. FILE in it stands for the file.
	Way string
}

// Else is what to say of a text that was to be read as a format and could not be:
// what it looks like, and the way out for a path, where - is standard input. It is
// empty where that says nothing new.
func (l Look) Else(asked decode.Format, path string) string {
	if l.What == "" || l.Format == asked {
		return ""
	}
	way := l.Way
	if path == "-" {
		way = strings.ReplaceAll(way, " FILE |", " |")
	}
	return fmt.Sprintf("It looks like %s: %s", l.What, strings.ReplaceAll(way, "FILE", word(path)))
}

// word is a path as one word of a shell.
func word(path string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._/+:@%-", r)
	}
	if path != "" && strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// InTopic is the same for a record of a topic.
func (l Look) InTopic(asked decode.Format) string {
	switch {
	case l.What == "" || l.Format == asked:
		return ""
	case l.Format == "":
		return fmt.Sprintf("it looks like %s, which is no format of input.format: send native events instead (docs/events.md)", l.What)
	}
	return fmt.Sprintf("it looks like %s: set input.format to %s", l.What, l.Format)
}

// shape knows a format of JSON by members that no other format has together.
type shape struct {
	keys []string // all of them are there; a.b is member b of the object a
	Look
}

const jq = " FILE | friction replay -"

// shapes are formats of JSON that people have, the more particular first. Each way
// names the members that become fields of an event; jq is a program that most
// systems have.
var shapes = []shape{
	{[]string{"specversion", "type", "source", "data"}, Look{What: "CloudEvents", Way: `the event is the member data: jq -c '.data'` + jq}},
	{[]string{"event_name", "event_timestamp", "event_params"}, Look{
		What: "a GA4 export of BigQuery", Way: `time is event_timestamp (in µs), user is user_pseudo_id, type is event_name, page is the event_param page_location: ` +
			`jq -c '{time: ((.event_timestamp | tonumber) / 1000 | floor), user: (.user_id // .user_pseudo_id), type: .event_name, ` +
			`page: ([.event_params[] | select(.key == "page_location").value.string_value][0])}'` + jq,
	}},
	{[]string{"messageId", "type", "anonymousId", "context"}, Look{What: "Segment or RudderStack", Way: segmentWay}},
	{[]string{"messageId", "type", "userId", "context"}, Look{What: "Segment or RudderStack", Way: segmentWay}},
	{[]string{"type", "date", "application.id", "session.id", "view.url"}, Look{
		What: "Datadog RUM events", Way: `time is date, user is usr.id or session.id, type is action.type or type, page is view.url, target is action.target.name: ` +
			`jq -c '{time: .date, user: (.usr.id // .session.id), session: .session.id, page: .view.url, ` +
			`type: ({view: "page_view", resource: "request", error: "error"}[.type] // .action.type // "custom"), target: {id: (.action.target.name // "")}}'` + jq,
	}},
	{[]string{"event", "properties.distinct_id", "properties.time"}, Look{
		What: "a Mixpanel export", Way: `time is properties.time, user is properties.distinct_id, name is event, page is properties.$current_url: ` +
			`jq -c '{time: ((.properties.time | if . < 100000000000 then . * 1000 else . end) | floor), user: .properties.distinct_id, ` +
			`id: .properties["$insert_id"], type: (if .event | test("page.?view"; "i") then "page_view" else "custom" end), name: .event, page: .properties["$current_url"]}'` + jq,
	}},
	{[]string{"event", "distinct_id", "properties", "timestamp"}, Look{
		What: "PostHog events", Way: `time is timestamp, user is distinct_id, type is event, page is properties.$pathname: ` +
			`jq -c '{time: .timestamp, user: .distinct_id, id: .uuid, session: .properties["$session_id"], page: .properties["$pathname"], ` +
			`type: ({"$pageview": "page_view", "$screen": "screen_view"}[.event] // "custom"), name: .event}'` + jq,
	}},
	{[]string{"event_type", "event_time", "device_id", "insert_id"}, Look{
		What: "an Amplitude export", Way: `time is event_time, user is user_id or device_id, name is event_type: ` +
			`jq -c '{time: ((.event_time | sub(" "; "T") | sub("\\..*"; "")) + "Z"), user: (.user_id // .device_id), id: ."$insert_id", type: "custom", name: .event_type}'` + jq,
	}},
	{[]string{"resourceLogs"}, Look{What: "OpenTelemetry logs (OTLP)", Way: "a record holds many events; write each log record as one line of native JSON: docs/events.md"}},
	{[]string{"resourceSpans"}, Look{What: "OpenTelemetry traces (OTLP)", Way: "a record holds many events; write each span as one line of native JSON: docs/events.md"}},
}

const segmentWay = `time is timestamp, user is userId or anonymousId, page is context.page.path, name is event: ` +
	`jq -c '{time: .timestamp, user: (.userId // .anonymousId), id: .messageId, page: (.context.page.path // .name), ` +
	`type: ({page: "page_view", screen: "screen_view"}[.type] // "custom"), name: (.event // .name // .type)}'` + jq

// At says what a text seems to be, by how it begins; the zero value where it is
// nothing we know.
func At(head []byte) Look {
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, " \t\r\n\ufeff"), []byte("\n"))
	line := strings.TrimSuffix(string(first), "\r")
	switch {
	case strings.HasPrefix(line, "{"):
		return lookAtJSON(head)
	case strings.HasPrefix(line, "#Software:"), strings.HasPrefix(line, "#Version:"), strings.HasPrefix(line, "#Fields:"), strings.HasPrefix(line, "#Date:"):
		return readAs(decode.W3C, "a W3C extended log, as IIS and CloudFront write")
	case reads(decode.NCSA, first):
		return readAs(decode.NCSA, "an access log")
	case reads(decode.AccessJSON, first):
		return readAccessJSON()
	case strings.HasPrefix(line, "["):
		return lookAtArray(head)
	case strings.HasPrefix(strings.ToLower(line), "<!doctype"), strings.HasPrefix(line, "<"):
		return Look{What: "HTML or XML", Way: "this is no list of events; was it downloaded from a page that asks for a login?"}
	case strings.Count(line, "\t") >= 100:
		return table(decode.TSV, "Snowplow enriched TSV", " --set input.columns=…")
	}
	return lookAtTable(line)
}

// readAs is a format that needs to be named and nothing else.
func readAs(f decode.Format, what string) Look {
	return Look{What: what, Format: f, Way: "friction replay --format " + string(f) + " FILE"}
}

func readAccessJSON() Look {
	l := readAs(decode.AccessJSON, "an access log in JSON, as nginx, Envoy, Caddy and others write")
	l.Way += " knows its time, client and request by the names that they have there"
	return l
}

// table is a format that needs a map.
func table(f decode.Format, what, more string) Look {
	return Look{What: what, Format: f, Way: "friction replay --format " + string(f) + more + ` --map "time=…,user=…,type=…" FILE`}
}

// lookAtTable finds the delimiter of a line by how often it comes.
func lookAtTable(line string) Look {
	best, most := byte(0), 1
	for _, c := range []byte("\t,;|") {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	switch best {
	case 0:
		return Look{}
	case '\t':
		return table(decode.TSV, "TSV", "")
	case ',':
		return table(decode.CSV, "CSV", "")
	}
	return table(decode.CSV, "CSV with "+string(best)+" between columns", " --set input.delimiter='"+string(best)+"'")
}

// reads reports whether a format makes an event of a line.
func reads(f decode.Format, line []byte) bool {
	c := decode.DefaultConfig()
	c.Format = f
	d, err := decode.New(c)
	if err != nil {
		return false
	}
	var e event.Event
	return d.Decode(&event.Record{Time: event.Never, NoKey: true, Value: line}, &e).Reason == event.Accepted
}

// lookAtArray looks at the first element of an array.
func lookAtArray(head []byte) Look {
	l := lookAtJSON(bytes.TrimLeft(head, " \t\r\n["))
	switch {
	case l.What == "":
		return Look{What: "a JSON array", Format: decode.Native, Way: "friction replay --format native FILE reads arrays of native events"}
	case l.Format == "":
		l.Way = strings.Replace(l.Way, "jq -c '", "jq -c '.[] | ", 1)
	}
	l.What = "a JSON array of " + strings.TrimPrefix(strings.TrimPrefix(l.What, "an "), "a ")
	return l
}

// lookAtJSON looks at the first object of a text.
func lookAtJSON(head []byte) Look {
	var raw json.RawMessage
	var object map[string]any
	if json.NewDecoder(bytes.NewReader(head)).Decode(&raw) != nil || json.Unmarshal(raw, &object) != nil {
		if first, _, _ := bytes.Cut(head, []byte("\n")); reads(decode.AccessJSON, first) { // with escapes that are not JSON's
			return readAccessJSON()
		}
		return Look{}
	}
	for _, s := range shapes {
		if s.fits(object) {
			return s.Look
		}
	}
	has := func(key string) bool { _, ok := object[key]; return ok }
	switch {
	case has("time") && has("user") && has("type"):
		return Look{}
	case reads(decode.AccessJSON, raw):
		return readAccessJSON()
	}
	return Look{What: "JSON of another shape", Way: "an event needs time, user and type; rename the members: " +
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
