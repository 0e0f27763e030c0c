package kafkawire

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// What AppendHeaders writes, ReadHeaders reads; what is no list of headers is an
// error and never more memory than it has bytes.
func TestHeadersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Header
		for range rapid.IntRange(1, 5).Draw(t, "n") {
			want = append(want, Header{rapid.String().Draw(t, "name"), rapid.SliceOf(rapid.Byte()).Draw(t, "value")})
		}
		wire := AppendHeaders(nil, want)
		got, err := ReadHeaders(wire)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%v, %v", got, err)
		}
		for i := range got {
			if got[i].Name != want[i].Name || !bytes.Equal(got[i].Value, want[i].Value) {
				t.Fatalf("%+v, want %+v", got[i], want[i])
			}
		}
		cut := wire[:rapid.IntRange(1, len(wire)-1).Draw(t, "cut")]
		if _, err := ReadHeaders(cut); err == nil {
			t.Fatalf("%x was read though it was cut from %x", cut, wire)
		}
	})
}

func FuzzReadHeaders(f *testing.F) {
	f.Add(AppendHeaders(nil, []Header{{"a", []byte("b")}, {"c", nil}}))
	f.Add([]byte{0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ReadHeaders(b)
		if err == nil && len(list) > len(b) {
			t.Fatalf("%d headers in %d bytes", len(list), len(b))
		}
	})
}
