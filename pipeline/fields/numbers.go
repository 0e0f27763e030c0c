package fields

import (
	"math"
	"strconv"
)

// decimal is a number as written: the digits around a point, times ten to the
// power of exp. It never goes through a float, so that 1551380987.065 s is
// 1551380987065 ms.
type decimal struct {
	negative bool
	whole    []byte
	fraction []byte
	exp      int
}

// parseDecimal splits a number of the grammar of JSON, but for leading zeros, a
// leading plus and a missing whole part, which CSV files have.
func parseDecimal(b []byte) (n decimal, ok bool) {
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		n.negative = b[i] == '-'
		i++
	}
	end := digits(b, i)
	n.whole = b[i:end]
	if i = end; i < len(b) && b[i] == '.' {
		end = digits(b, i+1)
		n.fraction = b[i+1 : end]
		if i = end; len(n.fraction) == 0 {
			return n, false
		}
	}
	if len(n.whole)+len(n.fraction) == 0 {
		return n, false
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if n.exp, i, ok = exponent(b, i+1); !ok {
			return n, false
		}
	}
	return n, i == len(b)
}

// maxExp is more than any number that fits a float or an int64 needs.
const maxExp = 1 << 30

func exponent(b []byte, i int) (exp, end int, ok bool) {
	negative := false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		negative = b[i] == '-'
		i++
	}
	end = digits(b, i)
	for _, c := range b[i:end] {
		exp = min(exp*10+int(c-'0'), maxExp)
	}
	if negative {
		exp = -exp
	}
	return exp, end, end > i
}

// scaled is the number times ten to the power of shift, rounded down, and
// whether rounding took nothing away. It is not ok when the result does not fit.
func (n decimal) scaled(shift int) (v int64, exact, ok bool) {
	point := len(n.whole) + n.exp + shift // digits before the point of the result
	exact = true
	for i, count := 0, len(n.whole)+len(n.fraction); i < count; i++ {
		digit := n.digit(i)
		if i >= point {
			exact = exact && digit == 0
			continue
		}
		if v > (math.MaxInt64-digit)/10 {
			return 0, false, false
		}
		v = v*10 + digit
	}
	for i := len(n.whole) + len(n.fraction); i < point && v != 0; i++ {
		if v > math.MaxInt64/10 {
			return 0, false, false
		}
		v *= 10
	}
	if n.negative {
		v = -v
		if !exact {
			v--
		}
	}
	return v, exact, true
}

func (n decimal) digit(i int) int64 {
	if i < len(n.whole) {
		return int64(n.whole[i] - '0')
	}
	return int64(n.fraction[i-len(n.whole)] - '0')
}

// parseInt reads an integer, also one written as 2e2 or 200.0, within bounds.
func parseInt(b []byte, low, high int64) (v int64, ok bool) {
	if len(b) > 0 && len(b) <= 18 {
		for _, c := range b {
			if c -= '0'; c > 9 {
				return parseIntSlow(b, low, high)
			}
			v = v*10 + int64(c)
		}
		return v, v >= low && v <= high
	}
	return parseIntSlow(b, low, high)
}

func parseIntSlow(b []byte, low, high int64) (int64, bool) {
	n, ok := parseDecimal(trim(b))
	if !ok {
		return 0, false
	}
	v, exact, ok := n.scaled(0)
	return v, ok && exact && v >= low && v <= high
}

// parseFloor reads a number, times ten to the power of shift, and rounds it down
// to an integer within bounds.
func parseFloor(b []byte, shift int, low, high int64) (int64, bool) {
	n, ok := parseDecimal(trim(b))
	if !ok {
		return 0, false
	}
	v, _, ok := n.scaled(shift)
	return v, ok && v >= low && v <= high
}

var powersOfTen = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
}

// parseFloat reads a number no further from zero than limit. Fifteen digits and
// a power of ten up to 15 make an exact float64 each, so their quotient is
// rounded once, as strconv would.
func parseFloat(b []byte, limit float64) (float32, bool) {
	b = trim(b)
	n, ok := parseDecimal(b)
	if !ok {
		return 0, false
	}
	var v float64
	if len(n.whole)+len(n.fraction) <= 15 && n.exp == 0 {
		whole := int64(0)
		for i := range len(n.whole) + len(n.fraction) {
			whole = whole*10 + n.digit(i)
		}
		v = float64(whole) / powersOfTen[len(n.fraction)]
		if n.negative {
			v = -v
		}
	} else {
		var err error
		if v, err = strconv.ParseFloat(string(b), 64); err != nil {
			return 0, false
		}
	}
	return float32(v), v >= -limit && v <= limit
}
