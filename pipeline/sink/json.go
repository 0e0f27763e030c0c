package sink

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"friction/pipeline/score"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Bytes that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		b = append(b, s[from:i]...)
		b = appendEscaped(b, c)
		i += size
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

func appendEscaped(b []byte, c byte) []byte {
	switch {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, `\n`...)
	case c == '\t':
		return append(b, `\t`...)
	case c == '\r':
		return append(b, `\r`...)
	case c < ' ':
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(b, "\ufffd"...)
}

// appendTime appends ms since 1970 as RFC 3339 in UTC with milliseconds.
func appendTime(b []byte, ms int64) []byte {
	b = append(b, '"')
	b = time.UnixMilli(ms).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	return append(b, '"')
}

func appendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

func appendPerhaps(b []byte, f float64, known bool) []byte {
	if !known {
		return append(b, "null"...)
	}
	return appendFloat(b, f)
}

func appendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, v)
	}
	return append(b, ']')
}

func appendCounts(b []byte, m []score.Count) []byte {
	b = append(b, '{')
	for i, c := range m {
		b = appendKey(b, i, c.Name)
		b = strconv.AppendUint(b, c.N, 10)
	}
	return append(b, '}')
}

func appendPairs(b []byte, m []score.Pair) []byte {
	b = append(b, '{')
	for i, p := range m {
		b = appendKey(b, i, p.Name)
		b = appendString(b, p.Value)
	}
	return append(b, '}')
}

func appendBuckets(b []byte, m []score.Count32) []byte {
	b = append(b, '{')
	for i, c := range m {
		b = appendKey(b, i, strconv.Itoa(int(c.Bucket)))
		b = strconv.AppendUint(b, uint64(c.N), 10)
	}
	return append(b, '}')
}

// appendKey begins entry i of an object.
func appendKey(b []byte, i int, name string) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(appendString(b, name), ':')
}
