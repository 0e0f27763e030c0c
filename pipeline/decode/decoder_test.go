package decode

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

const (
	noon = event.Millis(1_772_366_400_000) // 2026-03-01T12:00:00Z
	day  = event.Millis(24 * time.Hour / time.Millisecond)
)

func click(at event.Millis) []byte {
	return fmt.Appendf(nil, `{"time":%d,"user":"u","type":"click"}`, at)
}

func TestFirstReasonWins(t *testing.T) {
	d := decoder(t, func(c *Config) { c.MaxBytes = 100; c.MaxDepth = 3 })
	f := func(rec event.Record, want event.Reason) {
		t.Helper()
		var e event.Event
		if got := d.Decode(&rec, &e); got.Reason != want {
			t.Errorf("key %q, value %.60q: %v, want %v", rec.Key, rec.Value, got, want)
		}
	}
	key, long := []byte("u"), strings.Repeat("x", 101)
	f(event.Record{}, event.Empty)
	f(event.Record{Value: []byte{}}, event.Empty)
	f(event.Record{Value: []byte(long + "\xff")}, event.TooLarge)
	f(event.Record{Key: key, Value: []byte("start"), Size: 50 << 20}, event.TooLarge)
	f(event.Record{Value: []byte("\xff")}, event.NullKey)
	f(event.Record{Key: key, Value: []byte("{\xff")}, event.Malformed)
	f(event.Record{NoKey: true, Value: []byte("{\xff")}, event.Malformed)
	f(event.Record{Key: key, Value: []byte(`{"time":"x","a":[[[1]]]`)}, event.Malformed)
	f(event.Record{Key: key, Value: []byte(`{"x":"?","a":[[[1]]]}`)}, event.MissingTime)
	f(event.Record{Key: key, Value: []byte(`{"time":"?","x":"?","a":[[[1]]]}`)}, event.MissingUser)
	f(event.Record{Key: key, Value: []byte(`{"time":"?","user":"u","x":"?","a":[[[1]]]}`)}, event.MissingType)
	f(event.Record{Key: key, Value: []byte(`{"time":"?","user":"u","type":"click","x":"?","a":[[[1]]]}`)}, event.BadTime)
	f(event.Record{Key: key, Value: []byte(`{"time":1,"user":"u","type":[],"x":"?","a":[[[1]]]}`)}, event.BadField)
	f(event.Record{Key: key, Value: []byte(`{"time":9e18,"user":"u","type":"click","x":"?","a":[[[1]]]}`)}, event.TimeFuture)
	f(event.Record{Key: key, Value: []byte(`{"time":1,"user":"u","type":"click","a":[[[1]]]}`)}, event.TimePast)
	f(event.Record{Key: key, Time: noon, Value: []byte(`{"time":1772366400000,"user":"u","type":"click","a":[[[1]]]}`)}, event.TooDeep)
	f(event.Record{Key: key, Time: noon, Value: click(noon)}, event.Accepted)
}

func TestClock(t *testing.T) {
	d := decoder(t, nil)
	f := func(own, record, want event.Millis, reason event.Reason) {
		t.Helper()
		var e event.Event
		r := d.Decode(&event.Record{Time: record, Key: []byte("u"), Value: click(own)}, &e)
		if r.Reason != reason {
			t.Errorf("%d at record time %d: %v, want %v", own, record, r, reason)
			return
		}
		if reason == event.Accepted && (e.Time != want || e.Has(event.ClockAhead) != (own != want)) {
			t.Errorf("%d at record time %d is %d, ahead %v, want %d", own, record, e.Time, e.Has(event.ClockAhead), want)
		}
	}
	f(noon, noon, noon, event.Accepted)
	f(noon+2000, noon, noon+2000, event.Accepted)
	f(noon+2001, noon, noon, event.Accepted)
	f(noon+4*60_000, noon, noon, event.Accepted)
	f(noon+day, noon, noon, event.Accepted)
	f(noon+day+1, noon, 0, event.TimeFuture)
	f(noon+5*365*day, noon, 0, event.TimeFuture)
	f(noon-20*365*day, noon, noon-20*365*day, event.Accepted)
	f(946_684_800_000, noon, 946_684_800_000, event.Accepted)
	f(946_684_799_999, noon, 0, event.TimePast)
	f(0, noon, 0, event.TimePast)
	// Sources without record times.
	f(noon+5*365*day, event.Never, noon+5*365*day, event.Accepted)
	f(fields.Latest, event.Never, fields.Latest, event.Accepted)
	f(fields.Latest+1, event.Never, 0, event.TimeFuture)
	f(0, event.Never, 0, event.TimePast)
	// A record time beyond 2199 does not let such an event in.
	f(fields.Latest+1, fields.Latest+day, 0, event.TimeFuture)

	old := decoder(t, func(c *Config) { c.NotBefore = "1969-12-31T23:59:59.5Z" })
	var e event.Event
	if r := old.Decode(&event.Record{Time: noon, Key: []byte("u"), Value: []byte(`{"time":"1969-12-31T23:59:59.5Z","user":"u","type":"click"}`)}, &e); r.Reason != event.Accepted || e.Time != -500 {
		t.Errorf("a time before 1970: %v, %d", r, e.Time)
	}
}

func TestKeys(t *testing.T) {
	decode := func(d *Decoder, key []byte, value string) event.Event {
		t.Helper()
		var e event.Event
		rec := event.Record{Key: key, Time: noon, Value: []byte(value), NoKey: key == nil}
		if r := d.Decode(&rec, &e); r.Reason != event.Accepted {
			t.Fatal(r)
		}
		return e
	}
	const value = `{"time":1772366400000,"user":"jos\u00e9","type":"click","session":"s1"}`
	d := decoder(t, nil)
	for key, foreign := range map[string]bool{"josé": false, "jose": true, "": true, "\xff": true} {
		if e := decode(d, []byte(key), value); e.Has(event.Foreign) != foreign {
			t.Errorf("key %q is foreign: %v, want %v", key, e.Has(event.Foreign), foreign)
		}
	}
	var keyer event.Keyer
	if e := decode(d, nil, value); e.Has(event.Foreign) || e.Key != keyer.Key("default", "josé", "") || e.Client != "s1" {
		t.Errorf("without keys: %+v", e)
	}
	respect := decoder(t, func(c *Config) { c.ClientIDs = RespectClientIDs })
	if e := decode(respect, nil, value); e.Key != keyer.Key("default", "josé", "s1") {
		t.Error("the client's session id is no part of the key")
	}
	if user, ok := d.UserOf([]byte(value)); !ok || user != "josé" {
		t.Errorf("user is %q (%v)", user, ok)
	}
	if user, ok := d.UserOf([]byte(`{"user":"u","page":7,"list":[]}`)); !ok || user != "u" {
		t.Errorf("user of a bad event is %q (%v)", user, ok)
	}
	for value, want := range map[string]string{`{"user":7}`: "7", "{\"user\":\"u\xff\"}": "u\ufffd"} {
		if user, ok := d.UserOf([]byte(value)); !ok || user != want {
			t.Errorf("user of %s is %q, want %q", value, user, want)
		}
	}
	for _, bad := range []string{"", "junk", `{"user":[7]}`, `{"user":"u"`, "{\"user\":\"u\xff\"", strings.Repeat(" ", 2<<20)} {
		if user, ok := d.UserOf([]byte(bad)); ok {
			t.Errorf("user of %.20q is %q", bad, user)
		}
	}
	if d.Counts() != (Counts{}) || d.Dropped() != (fields.Dropped{}) {
		t.Error("looking for the user counts fields")
	}
}

func TestHashNamesEventsWithoutID(t *testing.T) {
	d := decoder(t, nil)
	var e event.Event
	with := []byte(`{"time":1772366400000,"user":"u","type":"click","id":"e1"}`)
	d.Decode(&event.Record{NoKey: true, Time: noon, Value: with}, &e)
	if e.ID != "e1" || !e.Hash.IsZero() {
		t.Errorf("with an id: %q, %v", e.ID, e.Hash)
	}
	d.Decode(&event.Record{NoKey: true, Time: noon, Value: click(noon)}, &e)
	if e.ID != "" || e.Hash != event.DigestOf(click(noon)) {
		t.Errorf("without an id: %q, %v", e.ID, e.Hash)
	}
}

// Values for pseudonyms, made with: printf %s VALUE | openssl dgst -sha256 -hmac 0123456789abcdef.
func TestPseudonyms(t *testing.T) {
	d := decoder(t, func(c *Config) {
		c.Pseudonymise = Pseudonyms{KeyID: "k1", Key: []byte("0123456789abcdef")}
	})
	value := []byte(`{"time":1772366400000,"user":"jane","type":"click","account":"jane@example.org"}`)
	var e event.Event
	if r := d.Decode(&event.Record{Key: []byte("jane"), Time: noon, Value: value}, &e); r.Reason != event.Accepted {
		t.Fatal(r)
	}
	const user, account, payload = "k1:170c373234e049e31ddb953c1f28840b", "k1:1542ec2f22be1b6b0a8683afc8a7160b", "30417579297d68c6d7a16d2c267a33a6"
	if e.User != user || e.Account != account || e.Has(event.Foreign) {
		t.Errorf("user %q, account %q, foreign %v", e.User, e.Account, e.Has(event.Foreign))
	}
	var keyer event.Keyer
	if e.Key != keyer.Key("default", user, "") {
		t.Error("the key is not made of the pseudonym")
	}
	if fmt.Sprintf("%x", e.Hash[:]) != payload {
		t.Errorf("hash %x", e.Hash[:])
	}
	if raw, _ := d.UserOf(value); raw != "jane" {
		t.Errorf("UserOf is %q, want the user as written", raw)
	}
}

// Nothing in an event may refer to the bytes of its record, nor to what the
// decoder works with.
func TestEventOutlivesRecord(t *testing.T) {
	for _, c := range formats {
		t.Run(string(c.format), func(t *testing.T) {
			d := decoder(t, c.change)
			var events []event.Event
			var before []string
			for round := range 3 {
				value := []byte(c.value)
				rec := event.Record{Time: event.Never, NoKey: true, Value: value}
				var e event.Event
				if r := d.Decode(&rec, &e); r.Reason != event.Accepted {
					t.Fatal(round, r)
				}
				events, before = append(events, e), append(before, describe(&e))
				for i := range value {
					value[i] = 'Z'
				}
				other := event.Record{Time: event.Never, NoKey: true, Value: []byte(c.other)}
				var o event.Event
				if r := d.Decode(&other, &o); r.Reason != event.Accepted {
					t.Fatal(round, r)
				}
			}
			for i := range events {
				if after := describe(&events[i]); after != before[i] {
					t.Errorf("was %s\nis  %s", before[i], after)
				}
			}
		})
	}
}

// formats are two different values of each format, using all that may be kept.
var formats = []struct {
	format       Format
	change       func(c *Config)
	value, other string
}{
	{
		Native, nil,
		`{"time":"2026-03-01T12:00:00Z","user":"u\n1","type":"my\ttype","id":"i\"1","app":"shop\u0041","account":"a1","session":"s1","page":"/p\u002f1","op":"GET /x\/1","target":{"id":"t\n1","classes":["c\n1"]},"error":{"kind":"k\n1"},"context":{"os":"o\n1"},"k\n1":"v\n1","n":1.5}`,
		`{"time":"2026-03-02T12:00:00Z","user":"U\r2","type":"MY\rTYPE","id":"I\\2","app":"SHOP\u0042","account":"A2","session":"S2","page":"/P\u002f2","op":"PUT /X\/2","target":{"id":"T\r2","classes":["C\r2"]},"error":{"kind":"K\r2"},"context":{"os":"O\r2"},"K\r2":"V\r2","N":2.5}`,
	},
	{
		CSV, func(c *Config) {
			c.Format, c.Columns = CSV, []string{"t", "u", "p", "e", "o", "m", "note"}
			c.Map = `time=t,user=u,type='x',page=p,target=e,context.os=o,error.message=m,op=p+e,attrs=*`
		},
		`1772366400000,"u""1","/p/1","e""1","o""1","m""1","note""1"`,
		`1772366400001,"U""2","/P/2","E""2","O""2","M""2","NOTE""2"`,
	},
	{
		W3C, func(c *Config) {
			c.Format, c.Columns = W3C, []string{"date", "time", "c-ip", "cs-username", "cs-uri-stem", "cs-uri-query", "cs-method", "cs(User-Agent)", "sc-status", "cs(Host)", "cs(Referer)", "time-taken"}
		},
		`2026-03-01 12:00:00 198.51.100.1 user1 /a/1 q=1 GET Windows+Firefox/1 200 host1 http://r1/ 12`,
		`2026-03-02 12:00:00 198.51.100.2 USER2 /A/2 Q=2 PUT LINUX+CHROME/2 500 HOST2 HTTP://R2/ 0.5`,
	},
	{
		AccessJSON, func(c *Config) { c.Format = AccessJSON },
		`{"time_iso8601":"2026-03-01T12:00:00Z","remote_addr":"198.51.100.1","remote_user":"u\u00311","request":"GET /a\u0031 HTTP/1.1","status":"200","http_user_agent":"Windows Firefox\/1","host":"h\u0031","http_referer":"http:\/\/r1","request_time":"0.1"}`,
		`{"start_time":"2026-03-02T12:00:00Z","downstream_remote_address":"198.51.100.2:1","user":"U\u00322","method":"PUT","path":"/A\u0032","response_code":500,"user_agent":"LINUX CHROME\/2","authority":"H\u0032","referer":"HTTP:\/\/R2","duration":5}`,
	},
	{
		NCSA, func(c *Config) { c.Format = NCSA },
		`host1 - user1 [01/Mar/2026:12:00:00 +0000] "GET /a\"1 HTTP/1.1" 200 1 "http://r\"1" "Windows Firefox/\"1"`,
		`HOST2 - USER2 [01/Mar/2026:12:00:00 +0000] "PUT /A\"2 HTTP/1.1" 500 1 "HTTP://R\"2" "LINUX CHROME/\"2"`,
	},
}

// A decoder that has seen other records, good and bad, decodes like a new one.
func TestMemoryChangesNothing(t *testing.T) {
	script := append(goldenInputs(t, "native.txt"), goldenInputs(t, "limits.txt")...)
	for _, limits := range []func(*Config){nil, tight} {
		used := decoder(t, limits)
		for i, value := range append(script, script...) {
			outcome(used, script[(i*7919)%len(script)])
			if got, want := outcome(used, value), outcome(decoder(t, limits), value); got != want {
				t.Fatalf("%q\n got %s\nwant %s", value, got, want)
			}
		}
	}
}

func TestNoAllocations(t *testing.T) {
	recs := sample(2000)
	d := decoder(t, nil)
	var e event.Event
	pass := func() {
		for i := range recs {
			d.Decode(&recs[i], &e)
		}
	}
	pass()
	// A few chunks for users, session ids and attributes, and what competes for one
	// place of a cache.
	if n := testing.AllocsPerRun(20, pass); n > float64(len(recs))/20 {
		t.Errorf("%.0f allocations for %d events", n, len(recs))
	}
}

// A stream in which nothing repeats must not make the decoder grow.
func TestHostileStreamIsBounded(t *testing.T) {
	d := decoder(t, nil)
	var e event.Event
	var value []byte
	pass := func(n int) {
		for i := range n {
			value = fmt.Appendf(value[:0], `{"time":1772366400000,"user":"%d","app":"%d","type":"t%d","page":"/p%d-%[1]d","op":"o%d","target":{"id":"%d"},"context":{"os":"%d"},"error":{"kind":"%d"},"a%d":"%d"}`,
				i, i, i, i, i, i, i, i, i, i)
			if r := d.Decode(&event.Record{NoKey: true, Time: noon, Value: value}, &e); r.Reason != event.Accepted {
				t.Fatal(r)
			}
		}
	}
	size := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	pass(30_000)
	before := size()
	pass(40_000)
	if after := size(); after > before+1<<20 {
		t.Errorf("grew from %d to %d bytes", before, after)
	}
	runtime.KeepAlive(d)
}

func TestBombs(t *testing.T) {
	d := decoder(t, func(c *Config) { c.MaxBytes = 64 << 20 })
	f := func(value []byte, want event.Reason) {
		t.Helper()
		var e event.Event
		start := time.Now()
		if r := d.Decode(&event.Record{NoKey: true, Time: noon, Value: value}, &e); r.Reason != want {
			t.Errorf("%.40q… is %v, want %v", value, r, want)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%.40q… took %v", value, took)
		}
	}
	const n = 1 << 20
	open := append([]byte(`{"time":1772366400000,"user":"u","type":"click","a":`), bytes.Repeat([]byte("["), n)...)
	f(open, event.Malformed)
	f(append(append(open, bytes.Repeat([]byte("]"), n)...), '}'), event.TooDeep)
	f(append([]byte(`{"a":`), bytes.Repeat([]byte(`{"a":`), n)...), event.Malformed)
	f(append([]byte(`{"time":1`), bytes.Repeat([]byte("0"), n)...), event.Malformed)
	f(fmt.Appendf(nil, `{"user":"u","type":"click","time":1%s}`, bytes.Repeat([]byte("0"), n)), event.BadTime)
	f(fmt.Appendf(nil, `{"user":"u","type":"click","time":1e%s}`, bytes.Repeat([]byte("9"), n)), event.BadTime)
	f(fmt.Appendf(nil, `{"user":"%s","type":"click","time":1}`, bytes.Repeat([]byte("u"), n)), event.BadField)
	f(fmt.Appendf(nil, `{"user":"u","type":"click","time":1772366400000,"page":"%s"}`, bytes.Repeat([]byte("/1"), n)), event.Accepted)
	f(fmt.Appendf(nil, `{"user":"u","type":"click","time":1772366400000,"x":"%s"}`, bytes.Repeat([]byte(`\u0041`), n)), event.Accepted)
	f(bytes.Repeat([]byte("x"), 50<<20), event.Malformed)
	small := decoder(t, nil)
	var e event.Event
	if r := small.Decode(&event.Record{NoKey: true, Value: bytes.Repeat([]byte("x"), 50<<20)}, &e); r.Reason != event.TooLarge {
		t.Errorf("50 MiB is %v", r)
	}
}
