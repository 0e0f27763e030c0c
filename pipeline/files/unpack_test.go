package files

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
)

func isObject(text string) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &o) == nil && o != nil && strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")
}

func utf16Bytes(text string, big, marked bool) string {
	units := utf16.Encode([]rune(text))
	if marked {
		units = append([]uint16{0xfeff}, units...)
	}
	var b []byte
	for _, u := range units {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func TestUnpack(t *testing.T) {
	const text = "{\"a\":\"ä€😀\"}\n{}\n"
	var z bytes.Buffer
	w, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	// printf 'text\n' | bzip2 | base64
	bz, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWcBv4GUAAAHBgAAQAgAEQCAAIYyDNNCI8XckU4UJDAb+BlA=")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, want string }{
		{"plain", text, text},
		{"nothing", "", ""},
		{"one byte", "x", "x"},
		{"gzip", zipped(t, text), text},
		{"zstd", z.String(), text},
		{"zstd in gzip", zipped(t, z.String()), text},
		{"bzip2", string(bz), "text\n"},
		{"a mark", "\ufeff" + text, text},
		{"UTF-16, little end first", utf16Bytes(text, false, true), text},
		{"UTF-16, big end first", utf16Bytes(text, true, true), text},
		{"UTF-16, little end first, no mark", utf16Bytes(text, false, false), text},
		{"UTF-16, big end first, no mark", utf16Bytes(text, true, false), text},
	} {
		in, err := unpack("f", strings.NewReader(c.file))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, err := io.ReadAll(in); err != nil || string(got) != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	for file, want := range map[string]string{
		"\xfd7zXZ\x00…": "compressed with xz, which is not read; try: xz -dc f | friction replay -",
		"PK\x03\x04…":   "a zip archive, which is not read; try: unzip -p f",
		"PAR1…":         "a Parquet file",
		"Obj\x01…":      "an Avro file",
		"\x1f\x8bx":     "unexpected EOF",
	} {
		if _, err := unpack("f", strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", file, err, want)
		}
	}
}
