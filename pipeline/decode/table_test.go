package decode

import (
	"encoding/csv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

func table3(t testing.TB, change func(c *Config)) *Decoder {
	return decoder(t, func(c *Config) {
		c.Format, c.Map = CSV, "time=t,user=u,type='click',attrs=*"
		if change != nil {
			change(c)
		}
	})
}

func TestHeader(t *testing.T) {
	decode := func(d *Decoder, line string) (event.Event, event.Rejection) {
		var e event.Event
		r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e)
		return e, r
	}
	d := table3(t, nil)
	if _, r := decode(d, "1772366400,jane,x"); r.Reason != event.Malformed || r.Detail != "the names of the columns are not known: want a header line or columns" {
		t.Errorf("before the header: %v", r)
	}
	if err := d.SetHeaderLine([]byte("\ufeff\"u\",t,\"a \"\"b\"\"\"\r\n")); err != nil {
		t.Fatal(err)
	}
	if e, r := decode(d, "jane,1772366400,x"); r.Reason != event.Accepted || e.User != "jane" || e.Attr(`a "b"`) != "x" {
		t.Errorf("%+v, %v", e, r)
	}
	if err := d.SetHeader([]string{"t", "u"}); err != nil { // another file
		t.Fatal(err)
	}
	if e, r := decode(d, "1772366400,jane"); r.Reason != event.Accepted || e.User != "jane" || e.Attrs != nil {
		t.Errorf("%+v, %v", e, r)
	}
	if err := d.SetHeader([]string{"t", "other"}); err == nil {
		t.Error("no error")
	}
	if _, r := decode(d, "1772366400,jane"); r.Reason != event.Malformed {
		t.Errorf("after a header that cannot be: %v", r)
	}
	for want, err := range map[string]error{
		`map: at character 6: no column "t": the header has ["u" "x"]`: d.SetHeader([]string{"u", "x"}),
		`map: at character 13: the header has two columns "u"`:         d.SetHeader([]string{"t", "u", "u"}),
		"header: it is empty: want the names of the columns":           d.SetHeader(nil),
		"read header: at byte 3: want a closing quote":                 d.SetHeaderLine([]byte(`t,"`)),
		"set header: format native has none":                           decoder(t, nil).SetHeader([]string{"t"}),
		"set header: format ncsa has none":                             decoder(t, func(c *Config) { c.Format = NCSA }).SetHeaderLine([]byte("x")),
		`map: at character 6: no column "t": the header has ["t;u"]`:   d.SetHeaderLine([]byte("t;u")),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestDelimiters(t *testing.T) {
	for delimiter, line := range map[string]string{";": `1772366400;"a;b";x`, "|": "1772366400|a;b|x", "\t": "1772366400\ta;b\tx", " ": `1772366400 "a;b" x`} {
		d := table3(t, func(c *Config) { c.Delimiter, c.Columns = delimiter, []string{"t", "u", "note"} })
		var e event.Event
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e); r.Reason != event.Accepted || e.User != "a;b" || e.Attr("note") != "x" {
			t.Errorf("%q: %v, %+v", line, r, e)
		}
	}
}

func TestRecordsOverSeveralLines(t *testing.T) {
	d := table3(t, nil)
	for line, want := range map[string]bool{`a,b`: false, `a,"b`: true, `a,"b""`: true, `a,"b"""`: false, `b",c`: true, `a,"b","c"`: false} {
		if got := d.Continues([]byte(line)); got != want {
			t.Errorf("%s goes on: %v, want %v", line, got, want)
		}
	}
	for _, change := range []func(*Config){nil, func(c *Config) { c.Format = NCSA }, func(c *Config) { c.Format, c.Map = TSV, "time=t,user=u,type='x'" }} {
		if decoder(t, change).Continues([]byte(`a,"b`)) {
			t.Error("only CSV has quotes")
		}
	}
}

// Rows written by encoding/csv come apart into what went in.
func TestRowsAgainstEncodingCSV(t *testing.T) {
	for _, delimiter := range []rune{',', ';', '\t'} {
		d := decoder(t, func(c *Config) {
			c.Format, c.Delimiter, c.Columns = CSV, string(delimiter), []string{"user", "note", "ms", "a", "b"}
			c.Map = "time=ms:ms,user=user,type='x',account=a+'/'+b,attrs=*"
		})
		rapid.Check(t, func(t *rapid.T) {
			cell := rapid.OneOf(rapid.StringMatching(`[ -~]{0,12}`), rapid.StringN(0, 12, 60), rapid.SampledFrom([]string{`"`, `""`, "a\nb", string(delimiter)}))
			user := "u" + cell.Draw(t, "user")
			// an attribute loses the query of a URL or path, which is not what is looked at here
			note := "n" + cell.Filter(func(s string) bool { return !strings.Contains(s, "://") }).Draw(t, "note")
			a, b := cell.Draw(t, "a"), cell.Draw(t, "b")
			var text strings.Builder
			w := csv.NewWriter(&text)
			w.Comma = delimiter
			if err := w.Write([]string{user, note, "1772366400000", a, b}); err != nil {
				t.Fatal(err)
			}
			w.Flush()
			var e event.Event
			if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(text.String())}, &e); r.Reason != event.Accepted {
				t.Fatalf("%q: %v", text.String(), r)
			}
			account := a + "/" + b
			if a+b == "" {
				account = ""
			}
			if e.User != user || e.Account != account || e.Attr("note") != note || e.Time != noon {
				t.Fatalf("%q: %s", text.String(), describe(&e))
			}
		})
	}
}
