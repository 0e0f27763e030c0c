package adapter

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"
)

// plainSplit reads a record one character after the other.
func plainSplit(s string) (cells []string, ok bool) {
	cell, quoted, closed := "", false, false
	rest := "" // behind the closing quote
	end := func() {
		if strings.Trim(rest, " \t\r") == "" {
			rest = ""
		}
		cells = append(cells, cell+rest)
		cell, rest, closed = "", "", false
	}
	first := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted && c == '"' && i+1 < len(s) && s[i+1] == '"':
			cell += `"`
			i++
		case quoted && c == '"':
			quoted, closed = false, true
		case quoted:
			cell += string([]byte{c})
		case first && c == '"':
			quoted = true
		case c == ',':
			end()
			first = true
			continue
		case c == '\n':
			return nil, false
		case closed:
			rest += string([]byte{c})
		default:
			cell += string([]byte{c})
		}
		first = false
	}
	end()
	return cells, !quoted
}

// FuzzSplitAgainstEncodingCSV holds one record against a plain reading of it, and
// against the standard library's where that accepts it.
func FuzzSplitAgainstEncodingCSV(f *testing.F) {
	for _, s := range []string{"a,b,c", `"a","b""c",`, `"a,b"`, `"a` + "\n" + `b",c`, `a"b`, `"a"b`, `"a" ,b`, `"a"b"",c`, `55" tv,x`, `"`, `""`, `"""`, ",,", " a , \"b\"", "a\nb", "\"a\r\nb\"", "é,世"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || slices.Contains(b, '\r') || b[len(b)-1] == '\n' || b[0] == '\n' {
			return // line ends are the caller's; encoding/csv also rewrites them inside quotes
		}
		tab := table{delimiter: ',', quotes: true}
		_, want := tab.split(b)
		got := make([]string, len(tab.cells))
		for i, cell := range tab.cells {
			got[i] = string(cell)
		}
		plain, ok := plainSplit(string(b))
		if ok != (want == "") || ok && !slices.Equal(got, plain) {
			t.Fatalf("split(%q) = %q, wants %q; a plain reading says %q, %v", b, got, want, plain, ok)
		}
		if inside := tab.Opens(b, false); !strings.Contains(string(b), "\n") && inside == ok {
			t.Fatalf("%q goes on: %v, and is a record: %v", b, inside, ok)
		}
		r := csv.NewReader(strings.NewReader(string(b)))
		r.FieldsPerRecord = -1
		if all, err := r.ReadAll(); err == nil && len(all) == 1 && (!ok || !slices.Equal(got, all[0])) {
			t.Fatalf("split(%q) = %q, %q, encoding/csv says %q", b, got, want, all[0])
		}
	})
}

// lines is a reader that gives one record at a time and ends after each.
type lines struct{ text []byte }

func (l *lines) Read(p []byte) (int, error) {
	if len(l.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.text)
	l.text = l.text[n:]
	return n, nil
}

// BenchmarkSplit takes one record apart with our own code and with encoding/csv,
// which is kept over all records and fed one at a time.
func BenchmarkSplit(b *testing.B) {
	for name, record := range map[string]string{
		"plain":  `2026-03-01T10:00:00Z,u-0815,page_view,/checkout/payment,200,12.5,desktop,Firefox`,
		"quoted": `2026-03-01T10:00:00Z,u-0815,click,"/search?q=a,b","He said ""no""",200,12.5,"Firefox"`,
	} {
		b.Run(name+"/own", func(b *testing.B) {
			tab, text := table{delimiter: ',', quotes: true}, []byte(record)
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				if _, want := tab.split(text); want != "" || len(tab.cells) != 8 {
					b.Fatal(want, len(tab.cells))
				}
			}
		})
		b.Run(name+"/encoding_csv", func(b *testing.B) {
			in, text := &lines{}, []byte(record+"\n")
			r := csv.NewReader(in)
			r.ReuseRecord = true
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				in.text = text
				if cells, err := r.Read(); err != nil || len(cells) != 8 {
					b.Fatal(err, len(cells))
				}
			}
		})
	}
}
