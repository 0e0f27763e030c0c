package jsonscan

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// noJSON is what the scanner takes and encoding/json does not.
var noJSON = regexp.MustCompile(`NaN|Infinity|True|TRUE|False|FALSE|None|N(ull|ULL)`)

// valid is the scanner's verdict on a whole text.
func valid(b []byte) (ok bool, deepest int) {
	var s Scanner
	s.Reset(b)
	i := s.Skip(SkipSpace(b, 0), 0)
	return i >= 0 && SkipSpace(b, i) == len(b), s.Depth()
}

func FuzzScanAgainstEncodingJSON(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, `[1,2]`, `{"a":[{"b":null}]}`, `-0.5e+10`, `01`, `"\ud800\udc00"`, `"\u12g4"`, `"\x"`, "\"a\nb\"",
		`[1,]`, `{"a":1,}`, `{"a"}`, `{1:2}`, `tru`, `nullx`, `  true  `, `"abcdefghijklmnop"`, `"abcdefg\"hijklmnop"`,
		`[[[[]]],{}]`, `{"a":{}}`, `-`, `1.`, `1e`, `1e+`, `""`, `"`, ``, ` `, `{"a" : 1 , "b":[ ] }`, `[}`, `{]`, `[1}`,
		"\"\u00e9\u4e16\"", `"abcdefg` + "\x1f" + `"`, `[[1],2`, `{"a":1`, `"\`, `"\u`, `"abcdefgh\`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, deepest := valid(b)
		if deepest > 9000 || noJSON.Match(b) {
			return // encoding/json has a limit of its own, and knows no NaN and no True
		}
		if want := json.Valid(b); got != want {
			t.Fatalf("valid(%q) = %v, encoding/json says %v", b, got, want)
		}
	})
}

func FuzzUnescapeAgainstEncodingJSON(f *testing.F) {
	for _, s := range []string{
		`"a\nb"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\ud83d\ude00"`, `"\udc00\ud800"`, `"\u0000\/\\\""`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var want string
		if len(b) == 0 || b[0] != '"' || !utf8.Valid(b) || json.Unmarshal(b, &want) != nil {
			return // decode rejects invalid UTF-8 before it looks at strings; encoding/json mends it
		}
		var s Scanner
		s.Reset(b)
		got, next := s.String(0)
		if next < 0 {
			at, wanted := s.Failure()
			t.Fatalf("String(%q): want %s at %d", b, wanted, at)
		}
		if string(got) != want {
			t.Fatalf("String(%q) = %q, want %q", b, got, want)
		}
	})
}

func TestDepthOfSkip(t *testing.T) {
	for text, want := range map[string]int{
		`1`: 1, `{}`: 1, `[[]]`: 2, `[{"a":[1]},[]]`: 3, strings.Repeat("[", 1000) + strings.Repeat("]", 1000): 1000,
	} {
		if ok, got := valid([]byte(text)); !ok || got != want {
			t.Errorf("depth of %.20s = %d (valid %v), want %d", text, got, ok, want)
		}
	}
}

// Python and others write numbers that JSON does not have.
func TestNumbersThatAreNone(t *testing.T) {
	for text, want := range map[string]bool{
		`NaN`: true, `{"a":NaN,"b":[Infinity,-Infinity]}`: true, `-NaN`: false, `nan`: false, `Inf`: false, `-`: false, `--Infinity`: false, `NaNs`: false, `Infin`: false,
		`[True,False,None,TRUE,FALSE,NULL,Null]`: true, `tRUE`: false, `NONE`: false, `Truex`: false,
	} {
		if got, _ := valid([]byte(text)); got != want {
			t.Errorf("%s is taken: %v, want %v", text, got, want)
		}
	}
}
