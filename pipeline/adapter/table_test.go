package adapter

import (
	"encoding/csv"
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
