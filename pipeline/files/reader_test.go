package files

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

func file(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	for part := range strings.SplitAfterSeq(text, "\n") { // several members, as cat a.gz b.gz makes
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// csvQuotes finds records as a decoder of CSV with three columns does.
func csvQuotes(t *testing.T) quotes {
	t.Helper()
	c := decode.DefaultConfig()
	c.Format, c.Map, c.Columns = decode.CSV, "time=t,user=u,type=k", []string{"t", "u", "k"}
	d, err := decode.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lines reads everything and writes each record as offset:value, or offset:!size.
func lines(t *testing.T, paths []string, o readerOptions) []string {
	t.Helper()
	f, err := openReader(paths, o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for {
		r, err := f.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Time != event.Never || !r.NoKey || r.Key != nil {
			t.Fatalf("record %+v", r)
		}
		s := fmt.Sprintf("%d:%s", r.Offset, r.Value)
		if r.Size > 0 {
			s = fmt.Sprintf("%d:!%d", r.Offset, r.Size)
		}
		got = append(got, s)
	}
}

func TestLines(t *testing.T) {
	csv := csvQuotes(t)
	for _, c := range []struct {
		name, text string
		o          readerOptions
		want       []string
	}{
		{"plain", "a\nb\n", readerOptions{}, []string{"1:a", "2:b"}},
		{"no end of line at the end", "a\nb", readerOptions{}, []string{"1:a", "2:b"}},
		{"windows", "a\r\nb\r\n", readerOptions{}, []string{"1:a", "2:b"}},
		{"empty lines are records", "a\n\n\nb\n\n", readerOptions{}, []string{"1:a", "2:", "3:", "4:b", "5:"}},
		{"nothing", "", readerOptions{}, nil},
		{"byte order mark", "\ufeffa\n\ufeffb", readerOptions{}, []string{"1:a", "2:\ufeffb"}},
		{"too long", "a\n12345678\nb\n123456789\nc", readerOptions{MaxBytes: 8}, []string{"1:a", "2:12345678", "3:b", "4:!9", "5:c"}},
		{"quotes over lines", "a,\"x\ny\"\"\n\nz\",b\nc\n", readerOptions{Quotes: csv}, []string{"1:a,\"x\ny\"\"\n\nz\",b", "5:c"}},
		{"a quote nobody closes", "a\n\"b\nc\nd\n", readerOptions{Quotes: csv}, []string{"1:a", "2:\"b", "3:c", "4:d"}},
		{"two slips", "\"a\nb\n\"c\nd\n\"e\n", readerOptions{Quotes: csv}, []string{"1:\"a", "2:b", "3:\"c", "4:d", "5:\"e"}},
		{"a slip and a cell in quotes", "1,\"5 inch,x\n2,u,\"y\"\n3,u,z\n", readerOptions{Quotes: csv}, []string{"1:1,\"5 inch,x", "2:2,u,\"y\"", "3:3,u,z"}},
		{"marks of inches", "1,55\" tv,x\n2,u,y\n3,21\" tv,\"a\nb\"\n", readerOptions{Quotes: csv}, []string{"1:1,55\" tv,x", "2:2,u,y", "3:3,21\" tv,\"a\nb\""}},
		{"more cells than columns", "1,\"a,b\nc\",d,e,f\n2,u,y\n", readerOptions{Quotes: csv}, []string{"1:1,\"a,b", "2:c\",d,e,f", "3:2,u,y"}},
		{"old macs", "a\rb\rc\r", readerOptions{}, []string{"1:a", "2:b", "3:c"}},
		{"old macs with quotes", "1,u,\"x\ry\"\r2,u,z\r", readerOptions{Quotes: csv}, []string{"1:1,u,\"x\ny\"", "3:2,u,z"}},
		{"too long behind a quote", "\"a\nb\n12345678901234567890\nc\"\n", readerOptions{MaxBytes: 10, Quotes: csv}, []string{"1:\"a", "2:b", "3:!20", "4:c\""}},
		{"joined too long", "\"a\n1234567\n1234567\nc", readerOptions{MaxBytes: 10, Quotes: csv}, []string{"1:\"a", "2:1234567", "3:1234567", "4:c"}},
	} {
		for _, how := range []string{"plain", "gzip", "stdin"} {
			t.Run(c.name+" "+how, func(t *testing.T) {
				var got []string
				switch how {
				case "plain":
					got = lines(t, []string{file(t, "x", c.text)}, c.o)
				case "gzip":
					got = lines(t, []string{file(t, "x", zipped(t, c.text))}, c.o)
				case "stdin":
					c.o.Stdin = strings.NewReader(c.text)
					got = lines(t, []string{"-"}, c.o)
				}
				if !slices.Equal(got, c.want) {
					t.Fatalf("got  %q\nwant %q", got, c.want)
				}
			})
		}
	}
}

func TestSeveralFilesAndHeaders(t *testing.T) {
	var headers []string
	o := readerOptions{
		Header: func(_ string, l []byte) error { headers = append(headers, string(l)); return nil }, Headed: true,
		Stdin: strings.NewReader("sep=;\r\n\nh3\n"),
	}
	got := lines(t, []string{file(t, "a", "h1\nx\n"), file(t, "b.gz", zipped(t, "h2\r\ny\nz")), "-", file(t, "c", "")}, o)
	if want := []string{"2:x", "4:y", "5:z"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if want := []string{"", "h1", "", "h2", "sep=;\r\n", "sep=;\r\nh3", ""}; !slices.Equal(headers, want) {
		t.Fatalf("headers %q, want %q", headers, want)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	bad := errors.New("no such column")
	f := func(want string, paths []string, o readerOptions) {
		t.Helper()
		files, err := openReader(paths, o)
		for err == nil {
			_, err = files.Next()
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("none given", nil, readerOptions{})
	f("is a directory", []string{dir}, readerOptions{})
	f("no such file", []string{filepath.Join(dir, "x")}, readerOptions{})
	f("no standard input", []string{"-"}, readerOptions{})
	f("a.csv:1: no such column", []string{file(t, "a.csv", "h\n")}, readerOptions{Header: func(string, []byte) error { return bad }, Headed: true})
	f("the header has 99 bytes", []string{file(t, "a", strings.Repeat("x", 99))}, readerOptions{MaxBytes: 10, Headed: true, Header: func(string, []byte) error { return nil }})
	broken := zipped(t, strings.Repeat("line\n", 50))
	f("after line", []string{file(t, "b.gz", broken[:len(broken)-9])}, readerOptions{})
}

func TestPlace(t *testing.T) {
	f, err := openReader([]string{file(t, "a", "1\n"), file(t, "b", "\"2\n\"\n3")}, readerOptions{Quotes: csvQuotes(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a:1", "b:1", "b:3"} {
		if _, err := f.Next(); err != nil || filepath.Base(f.Position().String()) != want {
			t.Fatalf("at %s (%v), want %s", f.Position().String(), err, want)
		}
	}
}

// zeros gives a line of n bytes without holding it.
type zeros struct{ n int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.n)
	z.n -= n
	return n, nil
}

func TestALineOfFiftyMegabytesIsNotHeld(t *testing.T) {
	f, err := openReader([]string{"-"}, readerOptions{MaxBytes: 1 << 20, Stdin: io.MultiReader(&zeros{50 << 20}, strings.NewReader("\nafter"))})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Next()
	if err != nil || r.Bytes() < 50<<20 || len(r.Value) != 0 || cap(f.line) > 4<<20 {
		t.Fatalf("%d bytes, %d held, %v", r.Bytes(), cap(f.line), err)
	}
	if r, err = f.Next(); err != nil || string(r.Value) != "after" {
		t.Fatalf("%q, %v", r.Value, err)
	}
}

func BenchmarkFiles(b *testing.B) {
	text := strings.Repeat(strings.Repeat("x", 299)+"\n", 100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := openReader([]string{"-"}, readerOptions{Stdin: strings.NewReader(text)})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = f.Next()
		}
	}
}

// Quotes that nobody closes cost their own lines, also when every line has one, and each looks as if it went on in the next.
func TestAFileOfSlips(t *testing.T) {
	const n = 20_000
	began := time.Now()
	got := lines(t, []string{file(t, "a", strings.Repeat("a\",\"b\n", n)+strings.Repeat("1,u,k\n", 10)+"2,\"u\n\",k\n")}, readerOptions{Quotes: csvQuotes(t)})
	if len(got) != n+11 || got[0] != "1:a\",\"b" || got[n+10] != fmt.Sprintf("%d:2,\"u\n\",k", n+11) {
		t.Errorf("%d records, the last %q", len(got), got[len(got)-1])
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
