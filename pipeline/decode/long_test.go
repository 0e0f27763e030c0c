package decode

import (
	"fmt"
	"strings"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Strings around the size that is cached, and around the size that is cut.
func TestLongStrings(t *testing.T) {
	d := decoder(t, nil)
	for _, n := range []int{fields.MaxCachedBytes - 1, fields.MaxCachedBytes, fields.MaxCachedBytes + 1, 2047, 2048, 2049, 5000} {
		for range 2 {
			long := strings.Repeat("x", n)
			value := fmt.Appendf(nil, `{"time":1772366400000,"user":"u","type":"t%s","page":"/%[1]s","op":"GET /%[1]s","target":{"text":"%[1]s"},"context":{"os":"%[1]s"},"error":{"message":"%[1]s"},"attrs":{"%[1]s":"%[1]s"}}`, long)
			var e event.Event
			before := d.Counts()
			if r := d.Decode(&event.Record{NoKey: true, Time: noon, Value: value}, &e); r.Reason != event.Accepted {
				t.Fatal(r)
			}
			cut := func(prefix string) string { return (prefix + long)[:min(len(prefix)+n, 2048)] }
			for name, pair := range map[string][2]string{
				"name": {e.Name, cut("t")}, "page": {e.Page, cut("/")}, "op": {e.Op, cut("GET /")}, "text": {e.Target.Text, cut("")},
				"os": {e.Context.OS, cut("")}, "message": {e.Error.Message, cut("")}, "attribute": {e.Attrs[0].Name, cut("")}, "value": {e.Attrs[0].Value, cut("")},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%d: %s has %d bytes, want %d", n, name, len(pair[0]), len(pair[1]))
				}
			}
			want := uint64(0)
			for _, more := range []int{1, 1, 5, 0, 0, 0, 0, 0} {
				if n+more > 2048 {
					want++
				}
			}
			if got := d.Counts().Since(before).CutStrings; got != want {
				t.Errorf("%d: %d strings were cut, want %d", n, got, want)
			}
		}
	}
}
