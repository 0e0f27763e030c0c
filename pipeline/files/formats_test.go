package files

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// seen reads a set and says of each record where it stands and what became of it.
func seen(t *testing.T, s Set) (got []string) {
	t.Helper()
	d, err := decode.New(s.Decode)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		var e event.Event
		why, at := d.Decode(rec, &e), r.Position()
		text := fmt.Sprintf("%s:%d %s", filepath.Base(at.Path), at.Line, e.User)
		if why.Reason != event.Accepted {
			text = fmt.Sprintf("%s:%d !%s", filepath.Base(at.Path), at.Line, why.Reason)
		} else if note := e.Attr("note"); note != "" {
			text += " " + note
		}
		got = append(got, text)
	}
}

// What stands in front of records (names of columns, a line sep=, #Fields that change) and records over several lines
// are the same whether files are read as they are or sorted, in memory or through temporary files.
func TestFormatsWithHeaders(t *testing.T) {
	csv, w3c := native(), native()
	csv.Format, csv.Map = decode.CSV, "time=t,user=u,type='click',attrs.note=note"
	w3c.Format = decode.W3C
	for _, c := range []struct {
		name  string
		conf  decode.Config
		texts []string // of a, b, c …
		want  []string
	}{
		{
			"csv with quotes, slips and several delimiters", csv,
			[]string{
				"t,u,note\n2025-01-07T10:00:00Z,ann,\"two\nlines\"\n2025-01-07T10:00:02Z,bob,55\" tv\n2025-01-07T10:00:04Z,cy,\"slip\n2025-01-07T10:00:06Z,dan,\"\"\"said\"\"\"\n",
				"\ufeffsep=;\r\n\r\nu;note;t\r\neve;a,b;2025-01-07T10:00:01Z\r\nfay;\"c\r\nd\";2025-01-07T10:00:03Z\r\nguy\r\n",
				"note,t,u\rx,2025-01-07T10:00:05Z,hal\r",
			},
			[]string{"a:2 ann two\nlines", "b:4 eve a,b", "a:4 bob 55\" tv", "a:5 !malformed", "b:5 fay c\nd", "b:7 !missing_time", "c:2 hal x", `a:6 dan "said"`},
		},
		{
			"w3c whose fields change", w3c,
			[]string{
				"#Software: x\r\n#Date: 2025-01-07 10:00:00\r\n#Fields: date time c-ip\r\n2025-01-07 10:00:00 192.0.2.1\r\n#Date: 2025-01-07 10:00:02\r\n#Fields: c-ip time date\r\n\r\n192.0.2.3 10:00:02 2025-01-07\r\n192.0.2.5 10:00:04 2025-01-07\r\n",
				"2025-01-07 10:00:01 192.0.2.2\n#Fields: time c-ip cs-method\n#Date: 2025-01-07 00:00:00\n10:00:01 192.0.2.2 GET\n10:00:03 192.0.2.4 GET\n",
			},
			[]string{"b:1 !malformed", "a:4 192.0.2.1", "b:4 192.0.2.2", "a:8 192.0.2.3", "b:5 192.0.2.4", "a:9 192.0.2.5"},
		},
	} {
		dir := t.TempDir()
		var paths []string
		for i, text := range c.texts {
			path := filepath.Join(dir, string(rune('a'+i)))
			paths = append(paths, path)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, memory := range []int{0, 100, 300} {
			if got := seen(t, Set{Decode: c.conf, Paths: paths, Sort: &Sort{Memory: memory, Folder: dir}}); !slices.Equal(got, c.want) {
				t.Errorf("%s, sorted with memory %d:\ngot  %q\nwant %q", c.name, memory, got, c.want)
			}
		}
		got := seen(t, Set{Decode: c.conf, Paths: paths})
		if !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(a[:2], b[:2]) }) {
			t.Errorf("%s, not sorted: %q", c.name, got)
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(c.want))) {
			t.Errorf("%s, not sorted: %q, want the same as sorted", c.name, got)
		}
	}
}

// A header that cannot be says which delimiter or format the file seems to have.
func TestHeadersThatCannotBe(t *testing.T) {
	c := native()
	c.Format, c.Map = decode.CSV, "time=t,user=u,type='click'"
	for text, want := range map[string]string{
		"t;u;note\n1;2;3\n": "is that the delimiter? Set it with --set input.delimiter=';'",
		"192.0.2.10 - - [09/Apr/2025:14:35:40 +0000] \"GET /login HTTP/1.1\" 200 900\n": "It looks like an access log: friction replay --format ncsa ",
		"#Fields: date time\n": "It looks like a W3C extended log, as IIS and CloudFront write: friction replay --format w3c ",
	} {
		d, err := decode.New(c)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Set{Decode: c, Paths: []string{file(t, "a.csv", text)}}.Open(d)
		if err == nil {
			_, err = r.Next()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
