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
		`map: at character 6: no column "t": the header has ["t;u;v"]; the line has ";" 2 times: is that the delimiter? Set it with --set input.delimiter=';'`:   d.SetHeaderLine([]byte("t;u;v")),
		`map: at character 6: no column "t": the header has ["t\tu"]; the line has tabs: want format tsv, or --set input.delimiter=$'\t' where cells are quoted`: d.SetHeaderLine([]byte("t\tu")),
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
	for _, c := range []struct {
		line         string
		inside, want bool
	}{
		{`a,b`, false, false},
		{`a,"b`, false, true},
		{`a,"b""`, false, true},
		{`a,"b"""`, false, false},
		{`a,"b","c"`, false, false},
		{`a,"`, false, true},
		{`a,5" b`, false, false},
		{`5",a`, false, false},
		{`a, "b`, false, false},
		{`a,"b" "c`, false, false},
		{`b",c`, true, false},
		{`b""`, true, true},
		{`b","c`, true, true},
		{`b" x","c"`, true, false},
		{``, true, true},
	} {
		if got := d.Opens([]byte(c.line), c.inside); got != c.want {
			t.Errorf("%s (inside: %v) goes on: %v, want %v", c.line, c.inside, got, c.want)
		}
	}
	for _, change := range []func(*Config){nil, func(c *Config) { c.Format = NCSA }, func(c *Config) { c.Format, c.Map = TSV, "time=t,user=u,type='x'" }} {
		if decoder(t, change).Opens([]byte(`a,"b`), false) {
			t.Error("only CSV has quotes")
		}
	}
}

// Lines of a record that were put together are one record if every quote closes a cell.
func TestWholeRecords(t *testing.T) {
	d := table3(t, func(c *Config) { c.Columns = []string{"t", "u", "note"} })
	for record, want := range map[string]bool{
		"1,u,\"a\nb\"": true, "1,\"a\nb\",x": true, "1,\"a\nb\" ,x": true, "1,\"a\n2,b,\"c\"": false, "1,\"a\nb\",x,y": false, "1,\"a\nb": false, "1,\"a\nb\"": true,
	} {
		if got := d.Whole([]byte(record)); got != want {
			t.Errorf("%q is whole: %v, want %v", record, got, want)
		}
	}
}

// A line sep= sets the delimiter of its file and of no other.
func TestSepLine(t *testing.T) {
	decode := func(d *Decoder, line string) string {
		var e event.Event
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e); r.Reason != event.Accepted {
			return r.Reason.String()
		}
		return e.User + " " + e.Attr("note")
	}
	d := table3(t, nil)
	for _, c := range []struct{ header, line, want string }{
		{"sep=;\r\nt;u;note", "1772366400;jane;a,b", "jane a,b"},
		{"u,t,note", "jane,1772366400,a;b", "jane a;b"},
		{"\"SEP=|\"\nt|u|note", "1772366400|jane|\"a|b\"", "jane a|b"},
		{"sep=\t\nt\tu\tnote", "1772366400\tjane\tx", "jane x"},
	} {
		if err := d.SetHeaderLine([]byte(c.header)); err != nil {
			t.Fatal(err)
		}
		if got := decode(d, c.line); got != c.want {
			t.Errorf("%q: %q is %q, want %q", c.header, c.line, got, c.want)
		}
	}
	for text, want := range map[string]int{"sep=;\nx": 6, "sep=;\r\nx": 7, "sep=;": 5, "sep=": 0, "sep=;;\n": 0, "separator": 0, "": 0, "sep=\"\n": 0} {
		if got := SepLine([]byte(text)); got != want {
			t.Errorf("%q: %d bytes, want %d", text, got, want)
		}
	}
	named := table3(t, func(c *Config) { c.Columns = []string{"t", "u", "note"} })
	if err := named.SetHeaderLine([]byte("sep=;\n")); err != nil {
		t.Fatal(err)
	}
	if got := decode(named, "1772366400;jane;x"); got != "jane x" {
		t.Errorf("with columns of the configuration: %q", got)
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
