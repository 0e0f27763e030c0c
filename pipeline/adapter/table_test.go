package adapter

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"
)

// FuzzSplitAgainstEncodingCSV holds one record against the standard library's.
func FuzzSplitAgainstEncodingCSV(f *testing.F) {
	for _, s := range []string{"a,b,c", `"a","b""c",`, `"a,b"`, `"a` + "\n" + `b",c`, `a"b`, `"a"b`, `"`, `""`, `"""`, ",,", " a , \"b\"", "a\nb", "\"a\r\nb\"", "é,世"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || slices.Contains(b, '\r') || b[len(b)-1] == '\n' || b[0] == '\n' {
			return // line ends are the caller's; encoding/csv also rewrites them inside quotes
		}
		r := csv.NewReader(strings.NewReader(string(b)))
		r.FieldsPerRecord = -1
		all, err := r.ReadAll()
		fine := err == nil && len(all) == 1
		tab := table{delimiter: ',', quotes: true}
		_, want := tab.split(b)
		if (want == "") != fine {
			t.Fatalf("split(%q) wants %q, encoding/csv says %v, %q", b, want, err, all)
		}
		if !fine {
			return
		}
		got := make([]string, len(tab.cells))
		for i, cell := range tab.cells {
			got[i] = string(cell)
		}
		if !slices.Equal(got, all[0]) {
			t.Fatalf("split(%q) = %q, encoding/csv says %q", b, got, all[0])
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
