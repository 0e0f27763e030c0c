package files

import (
	"slices"
	"strings"
	"testing"
)

// cut reads a text as JSON values and writes each as line:value, or line:!size.
func cut(t *testing.T, text string, maxBytes int) []string {
	t.Helper()
	return lines(t, []string{"-"}, readerOptions{Stdin: strings.NewReader(text), Values: true, MaxBytes: maxBytes})
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"lines", "{\"a\":1}\n{\"b\":2}\n", []string{"1:{\"a\":1}", "2:{\"b\":2}"}},
		{"a line that was cut", "{\"a\":\n{\"b\":2}\n", []string{"1:{\"a\":", "2:{\"b\":2}"}},
		{"an array", "[{\"a\":1},\n {\"b\":[2]} ]\n", []string{"1:{\"a\":1}", "2:{\"b\":[2]}"}},
		{"an array in one line", "[{},{},{}]", []string{"1:{}", "2:{}", "3:{}"}},
		{"arrays one after the other", "[{\"a\":1}]\n[{\"b\":1}]\n", []string{"1:{\"a\":1}", "2:{\"b\":1}"}},
		{"braces in strings", "[{\"a\":\"}\\\"{[\"},{\"b\":\"\\\\\"}]", []string{"1:{\"a\":\"}\\\"{[\"}", "2:{\"b\":\"\\\\\"}"}},
		{"pretty", "{\n \"a\": 1\n}\n{\n \"b\": 2\n}\n", []string{"1:{\n \"a\": 1\n}", "2:{\n \"b\": 2\n}"}},
		{"no object in an array", "[1,\n{\"a\":1}]", []string{"1:1,", "2:{\"a\":1}"}},
		{"an array that was cut", "[{\"a\":1},{\"b\":", []string{"1:{\"a\":1}", "2:{\"b\":"}},
		{"an empty array", "[]", nil},
		{"too long", "[{\"a\":\"0123456789\"},{}]", []string{"1:!18", "2:{}"}},
	} {
		if got := cut(t, c.text, 16); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

// FuzzValues: whatever the text, reading ends, and an array of the objects of any
// lines gives these objects.
func FuzzValues(f *testing.F) {
	f.Add(`{"a":"}"}`, `{"b":[1,{}]}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		_ = cut(t, a, 64)
		_ = cut(t, "["+a, 64)
		if !isObject(a) || !isObject(b) {
			return
		}
		got := cut(t, "[\n"+a+",\n"+b+"\n]", 1<<20)
		if want := []string{"1:" + a, "2:" + b}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
