package fields

// AppendLower appends b with the letters A to Z in lower case.
func AppendLower(dst, b []byte) []byte {
	start := len(dst)
	dst = append(dst, b...)
	for i, c := range dst[start:] {
		if c-'A' <= 'Z'-'A' {
			dst[start+i] = c | 0x20
		}
	}
	return dst
}

// IsLetter is true for A to Z and a to z.
func IsLetter(c byte) bool { return (c|0x20)-'a' <= 'z'-'a' }

// IsDigit is true for 0 to 9.
func IsDigit(c byte) bool { return c-'0' <= 9 }

func isHex(c byte) bool { return IsDigit(c) || (c|0x20)-'a' <= 5 }

// digits is the index of the first byte at or after i that is no digit.
func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}
