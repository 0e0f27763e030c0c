package decode

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// oracle decodes with encoding/json, slowly and by other code: it tells the
// reason, and of an accepted event the fields that need no rules of their own.
func oracle(value []byte) (reason event.Reason, members map[string]any) {
	switch {
	case len(value) == 0:
		return event.Empty, nil
	case !utf8.Valid(value):
		return event.InvalidUTF8, nil
	case !json.Valid(value) || bytes.TrimLeft(value, " \t\r\n")[0] != '{':
		return event.Malformed, nil
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	if err := dec.Decode(&members); err != nil {
		return event.Malformed, nil
	}
	at, timed := oracleTime(members["time"])
	switch {
	case members["time"] == nil:
		return event.MissingTime, nil
	case members["user"] == nil || members["user"] == "":
		return event.MissingUser, nil
	case members["type"] == nil || members["type"] == "":
		return event.MissingType, nil
	case !timed:
		return event.BadTime, nil
	case badMember(members):
		return event.BadField, nil
	case at > fields.Latest:
		return event.TimeFuture, nil
	case at < 946_684_800_000:
		return event.TimePast, nil
	case depth(members) > 64:
		return event.TooDeep, nil
	}
	return event.Accepted, members
}

// shape is the grammar of RFC 3339, which the time package takes less seriously.
var shape = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func oracleTime(v any) (event.Millis, bool) {
	switch v := v.(type) {
	case string:
		t, err := time.Parse(time.RFC3339, strings.ToUpper(v))
		return event.Millis(t.UnixMilli()), err == nil && shape.MatchString(v)
	case json.Number:
		n, err := v.Int64()
		return event.Millis(n), err == nil
	}
	return 0, false
}

// badMember judges types and ranges.
func badMember(members map[string]any) bool {
	texts := func(object map[string]any, names string) bool {
		for name := range strings.FieldsSeq(names) {
			if _, ok := object[name].(string); !ok && object[name] != nil {
				return true
			}
		}
		return false
	}
	if texts(members, "user type id app name account session page op") {
		return true
	}
	for name := range strings.FieldsSeq("user id app account session") {
		if s, _ := members[name].(string); len(s) > 512 {
			return true
		}
	}
	for name, bound := range map[string][3]float64{"x": {-1e9, 1e9}, "y": {-1e9, 1e9}, "status": {0, 999, 1}, "duration_ms": {0, 1e12}, "attempt": {0, math.MaxInt32, 1}} {
		if members[name] == nil {
			continue
		}
		n, ok := members[name].(json.Number)
		f, err := n.Float64()
		if !ok || err != nil || f < bound[0] || f > bound[1] || bound[2] == 1 && f != math.Trunc(f) {
			return true
		}
	}
	for name := range strings.FieldsSeq("ok keyboard") {
		if _, ok := members[name].(bool); !ok && members[name] != nil {
			return true
		}
	}
	for name, parts := range map[string]string{"target": "id tag text role href input_type selector", "context": "device os browser app_version country variant language", "error": "kind message", "attrs": ""} {
		object, ok := members[name].(map[string]any)
		_, isText := members[name].(string)
		if !ok && members[name] != nil && !(isText && name == "target") || texts(object, parts) {
			return true
		}
		classes, ok := object["classes"].([]any)
		if name == "target" && !ok && object["classes"] != nil {
			return true
		}
		for _, class := range classes {
			if _, ok := class.(string); !ok && name == "target" {
				return true
			}
		}
	}
	return false
}

func depth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case map[string]any:
		for _, m := range v {
			deepest = max(deepest, depth(m))
		}
	case []any:
		for _, m := range v {
			deepest = max(deepest, depth(m))
		}
	default:
		return 0
	}
	return deepest + 1
}

func FuzzNativeAgainstEncodingJSON(f *testing.F) {
	for _, s := range []string{
		`{"time":1772359200123,"user":"u","type":"click","x":1,"y":2,"target":{"id":"a","classes":["b"]},"attrs":{"a":1}}`,
		`{"time":"2026-03-01T10:00:00Z","user":"u","type":"request","status":200,"ok":true,"duration_ms":1.5,"attempt":1,"op":"GET /"}`,
		`{"time":1e12,"user":"\ud800","type":"\u0063","error":{"kind":"k"},"context":{"os":null},"page":"/1","list":[{}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if duplicates(value) || bytes.ContainsAny(value, "eE") && bytes.Contains(value, []byte(`"time":`)) && !bytes.Contains(value, []byte(`"time":"`)) {
			return // the rules for these are those of the golden files; encoding/json reads 1e3 as no integer
		}
		d := decoder(t, nil)
		for range 2 { // the second time from the caches
			var e event.Event
			r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: value}, &e)
			want, members := oracle(value)
			if r.Reason != want {
				t.Fatalf("%q is %v, want %v", value, r, want)
			}
			if want != event.Accepted {
				continue
			}
			for name, got := range map[string]string{"user": e.User, "id": e.ID, "account": e.Account, "session": e.Client} {
				if s, _ := members[name].(string); s != got {
					t.Fatalf("%q: %s is %q, want %q", value, name, got, s)
				}
			}
			if at, _ := oracleTime(members["time"]); e.Time != at {
				t.Fatalf("%q: time is %d, want %d", value, e.Time, at)
			}
		}
	})
}

// duplicates reports whether any object has a name twice, or might.
func duplicates(value []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(value))
	var names []map[string]bool // of the open objects, nil for an array
	isName := false
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'):
			names, isName = append(names, map[string]bool{}), true
			continue
		case json.Delim('['):
			names, isName = append(names, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			names = names[:len(names)-1]
		default:
			if name, ok := token.(string); ok && isName {
				top := names[len(names)-1]
				if top[name] {
					return true
				}
				top[name], isName = true, false
				continue
			}
		}
		isName = len(names) > 0 && names[len(names)-1] != nil
	}
}

// What a rejection says holds nothing of the payload.
func TestDetailsHoldNoContent(t *testing.T) {
	const secret = "s3cr3t"
	for _, change := range []func(*Config){
		nil,
		func(c *Config) { c.Format = NCSA },
		func(c *Config) {
			c.Format, c.Columns, c.Map = CSV, []string{"t", "u", "c"}, "time=t,user=u,type='x',status=c"
		},
	} {
		d := decoder(t, change)
		for _, value := range []string{
			secret, `{"` + secret, `{"` + secret + `":` + secret + `}`, `{"time":"` + secret + `","user":"u","type":"t"}`,
			`{"time":1772359200123,"user":"u","type":"t","target":{"` + secret + `":{},"tag":["` + secret + `"]}}`,
			`{"time":1772359200123,"user":"u","type":"t","status":"` + secret + `"}`, "\xff" + secret,
			`h - - [` + secret + `] "GET / HTTP/1.0" 200 1`, `h - - [01/Jan/2020:00:00:00 +0000] "GET / HTTP/1.0" ` + secret + ` 1`,
			secret + ",u,200", "1772359200," + secret + "," + secret, `"` + secret, secret + `,` + secret,
		} {
			var e event.Event
			r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(value)}, &e)
			if strings.Contains(r.Detail, secret) {
				t.Errorf("%q: %v", value, r)
			}
		}
	}
}
