package decode

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// oracle decodes with encoding/json, slowly and by other code: it tells the
// reason, and of an accepted event the fields that need no rules of their own. It is
// not sure of times that are written in one of the many other ways.
func oracle(value []byte) (reason event.Reason, members map[string]any, sure bool) {
	if len(value) == 0 {
		return event.Empty, nil, true
	}
	inner := strings.TrimRight(strings.TrimPrefix(string(value), "\ufeff"), "\x00")
	value = []byte(string([]rune(inner))) // each byte that is not UTF-8 becomes U+FFFD
	if !json.Valid(value) || bytes.TrimLeft(value, " \t\r\n")[0] != '{' {
		return event.Malformed, nil, true
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	if err := dec.Decode(&members); err != nil {
		return event.Malformed, nil, true
	}
	at, timed, sure := oracleTime(members["time"])
	text := func(name string) string { s, _ := members[name].(string); return s }
	number := func(name string) bool { _, ok := members[name].(json.Number); return ok }
	switch {
	case members["time"] == nil || members["time"] == "":
		return event.MissingTime, nil, true
	case members["user"] == nil || members["user"] == "":
		return event.MissingUser, nil, sure
	case members["type"] == nil || members["type"] == "":
		return event.MissingType, nil, sure
	case !timed:
		return event.BadTime, nil, sure
	case text("type") == "" || text("user") == "" && !number("user") || len(text("user")) > 512:
		return event.BadField, nil, sure
	case at > fields.Latest:
		return event.TimeFuture, nil, sure
	case at < 946_684_800_000:
		return event.TimePast, nil, sure
	case depth(members) > 64:
		return event.TooDeep, nil, sure
	}
	return event.Accepted, members, sure
}

// noJSON is what is read and encoding/json does not take.
var noJSON = regexp.MustCompile(`NaN|Infinity|True|TRUE|False|FALSE|None|N(ull|ULL)`)

// shape is the grammar of RFC 3339, which the time package takes less seriously.
var shape = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// oracleTime reads RFC 3339, and a Unix time by its size.
func oracleTime(v any) (at event.Millis, ok, sure bool) {
	switch v := v.(type) {
	case string:
		t, err := time.Parse(time.RFC3339, strings.ToUpper(v))
		return event.Millis(t.UnixMilli()), err == nil, err == nil && shape.MatchString(v)
	case json.Number:
		n, ok := new(big.Rat).SetString(v.String())
		if !ok {
			return 0, false, false
		}
		size := new(big.Rat).Abs(n)
		for _, unit := range []struct{ below, times, by int64 }{{1e11, 1000, 1}, {1e14, 1, 1}, {1e17, 1, 1000}, {0, 1, 1_000_000}} {
			if whole := new(big.Int).Quo(size.Num(), size.Denom()); unit.below > 0 && whole.Cmp(big.NewInt(unit.below)) >= 0 {
				continue
			}
			n.Mul(n, big.NewRat(unit.times, unit.by))
			ms := new(big.Int).Div(n.Num(), n.Denom()) // rounds down
			return event.Millis(ms.Int64()), ms.IsInt64(), true
		}
	}
	return 0, false, true
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
		`{"time":"1772359200","user":7.0,"type":"click","status":"502","x":"1","ok":"True","duration_ms":-1,"context":"mobile","id":17382816001230}`,
		`{"time":1772359200.25,"user":"u","type":"click","error":"boom","target":7,"keyboard":"FALSE","attempt":"NaN"}`,
		"{\"time\":1772359200123456,\"user\":\"u\xff\",\"type\":\"click\",\"page\":{},\"app\":[\"\xe2\x82\"]}",
		`{"time":1e12,"user":"\ud800","type":"\u0063","error":{"kind":"k"},"context":{"os":null},"page":"/1","list":[{}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if duplicates(value) || bytes.ContainsAny(value, "eE") && bytes.Contains(value, []byte(`"time":`)) && !bytes.Contains(value, []byte(`"time":"`)) {
			return // the rules for these are those of the golden files; big.Rat takes its time for large exponents
		}
		if noJSON.Match(value) {
			return // encoding/json knows no NaN and no True
		}
		d := decoder(t, nil)
		for range 2 { // the second time from the caches
			var e event.Event
			r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: value}, &e)
			want, members, sure := oracle(value)
			if !sure {
				return
			}
			if r.Reason != want {
				t.Fatalf("%q is %v, want %v", value, r, want)
			}
			if want != event.Accepted {
				continue
			}
			for name, got := range map[string]string{"user": e.User, "id": e.ID, "account": e.Account, "session": e.Client} {
				s, ok := members[name].(string)
				if _, number := members[name].(json.Number); number {
					ok = false
				} else if !ok || len(s) > 512 {
					s, ok = "", true
				}
				if ok && s != got {
					t.Fatalf("%q: %s is %q, want %q", value, name, got, s)
				}
			}
			if at, _, _ := oracleTime(members["time"]); e.Time != at {
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
