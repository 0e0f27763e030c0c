package fields

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

func TestRFC3339AgainstTime(t *testing.T) {
	var dates Dates
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "zone minutes")
		at := time.Unix(rapid.Int64Range(-62_135_510_400, 253_402_127_999).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).
			In(time.FixedZone("", zone*60))
		text := at.Format(time.RFC3339Nano)
		want := event.Millis(at.UnixMilli())
		if got, ok := dates.RFC3339([]byte(text)); !ok || got != want {
			t.Fatalf("%s is %d (%v), want %d", text, got, ok, want)
		}
		loose := strings.Replace(text, "T", " ", 1)
		if got, _, ok := dates.DateTime([]byte(loose)); !ok || got != want {
			t.Fatalf("%s is %d (%v), want %d", loose, got, ok, want)
		}
		log := at.Format("02/Jan/2006:15:04:05 -0700")
		if got, ok := dates.AccessLog([]byte(log)); !ok || got != event.Millis(at.Unix()*1000) {
			t.Fatalf("%s is %d (%v), want %d", log, got, ok, at.Unix()*1000)
		}
	})
}

// shape is the grammar of RFC 3339, which the time package takes less seriously.
var shape = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// FuzzRFC3339 holds what is accepted against the time package, which knows no
// leap seconds.
func FuzzRFC3339(f *testing.F) {
	for _, s := range []string{
		"2026-03-01T10:00:00Z", "2026-03-01T10:00:00.123456789+23:59", "2026-02-29T10:00:00Z", "0000-01-01T00:00:00Z", "2026-03-01T10:00:00.Z",
		"2026-03-01T10:00:0.1Z", "2026-03-01T10:00:00-24:00", "2026-03-01T1:00:00Z", "2026-03-01T10:00:00,5Z", "2026-03-01t10:00:00z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) >= 19 && s[17:19] == "60" {
			return
		}
		var dates Dates
		got, ok := dates.RFC3339([]byte(s))
		want, err := time.Parse(time.RFC3339, strings.ToUpper(s))
		if ok != (err == nil && shape.MatchString(s)) || ok && got != event.Millis(want.UnixMilli()) {
			t.Fatalf("%q is %d (%v), the time package says %v, %v", s, got, ok, want, err)
		}
	})
}

func TestMidnightOfEveryDay(t *testing.T) {
	day := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; day.Year() < 2500; day = day.AddDate(0, 0, 1) {
		got, ok := midnight(uint(day.Year()), uint(day.Month()), uint(day.Day()))
		if want := event.Millis(day.UnixMilli()); !ok || got != want {
			t.Fatalf("%s begins at %d (%v), want %d", day.Format(time.DateOnly), got, ok, want)
		}
	}
}

// number draws a number as people and programs write them.
func number(t *rapid.T) string {
	s := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign") + strconv.FormatUint(rapid.Uint64().Draw(t, "whole")>>rapid.IntRange(0, 63).Draw(t, "less"), 10)
	if rapid.Bool().Draw(t, "has fraction") {
		s += "." + rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), 1, 30, -1).Draw(t, "fraction")
	}
	if rapid.Bool().Draw(t, "has exponent") {
		s += fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"e", "E", "e+"}).Draw(t, "e"), rapid.IntRange(0, 40).Draw(t, "exponent"))
	} else if rapid.Bool().Draw(t, "is small") {
		s += fmt.Sprintf("e-%d", rapid.IntRange(0, 40).Draw(t, "exponent"))
	}
	return s
}

func TestScaledAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, shift := number(t), rapid.SampledFrom([]int{3, 0, -3, -6}).Draw(t, "shift")
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("big.Rat cannot read %s", text)
		}
		power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil))
		if shift < 0 {
			power.Inv(power)
		}
		exact.Mul(exact, power)
		want := new(big.Int).Div(exact.Num(), exact.Denom()) // rounds down, denominators being positive
		n, parsed := parseDecimal([]byte(text))
		got, whole, fits := n.scaled(shift)
		if !parsed || fits != want.IsInt64() && want.String() != "-9223372036854775808" {
			t.Fatalf("%s × 10^%d: parsed %v, fits %v, want %s", text, shift, parsed, fits, want)
		}
		if fits && (got != want.Int64() || whole != exact.IsInt()) {
			t.Fatalf("%s × 10^%d = %d (exact %v), want %s (%v)", text, shift, got, whole, want, exact.IsInt())
		}
	})
}

func TestParseFloatAgainstStrconv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := number(t)
		want, err := strconv.ParseFloat(text, 64)
		got, ok := parseFloat([]byte(text), MaxCoordinate)
		if fine := err == nil && want >= -MaxCoordinate && want <= MaxCoordinate; ok != fine || ok && got != float32(want) {
			t.Fatalf("%s is %v (%v), want %v (%v)", text, got, ok, float32(want), fine)
		}
	})
}

func TestUnitOfTimeByItsSize(t *testing.T) {
	var dates Dates
	for text, want := range map[string]event.Millis{
		"1551380987":            1551380987000,
		"1551380987.0659":       1551380987065,
		"1551380987065":         1551380987065,
		"1551380987065.9":       1551380987065,
		"1551380987065432":      1551380987065,
		"1551380987065432100":   1551380987065,
		"946684800":             946684800000,
		"2019-02-28 19:09:47Z":  1551380987000,
		"2019-02-28T19:09:47.5": 1551380987500,
	} {
		if got, _, ok := dates.Time([]byte(text), GuessedUnit); !ok || got != want {
			t.Errorf("%s is %d (%v), want %d", text, got, ok, want)
		}
	}
}

func TestPrecisionIsThatOfTheText(t *testing.T) {
	for _, c := range []struct {
		text string
		unit Unit
		want bool
	}{
		{"2025-03-13T10:00:05Z", GuessedUnit, false},
		{"2025-03-13T10:00:05.0Z", GuessedUnit, false},
		{"2025-03-13 10:00:05.00 UTC", GuessedUnit, false},
		{"2025-03-13T10:00:05.000Z", GuessedUnit, true},
		{"2025-03-13T10:00:05.123456+01:00", RFC3339, true},
		{"1741860005", GuessedUnit, false},
		{"1741860005000", GuessedUnit, true},
		{"1741860005000000", GuessedUnit, true},
		{"1741860005000000000", GuessedUnit, true},
		{"1741860005.350", GuessedUnit, true},
		{"1741860005.0", GuessedUnit, false},
		{"1741860005", Seconds, false},
		{"1741860005.065", Seconds, true},
		{"5", Milliseconds, true},
		{"5", Microseconds, true},
		{"", GuessedUnit, false},
	} {
		if got := WithMilliseconds([]byte(c.text), c.unit); got != c.want {
			t.Errorf("%s in unit %d: %v", c.text, c.unit, got)
		}
	}
}

// Times as programs write them are what the time package reads by their layout.
func TestDateTimeAgainstLayouts(t *testing.T) {
	layouts := []string{
		time.RFC3339Nano, "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05.000 UTC", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.000-07",
		"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05.999999999 -0700 MST", "2006/01/02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05,000",
		"20060102T150405Z0700", "02/Jan/2006:15:04:05 -0700",
	}
	var dates Dates
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		offset := rapid.IntRange(-14, 14).Draw(t, "hours") * 3600
		if strings.Contains(layout, "UTC") {
			offset = 0
		}
		at := time.UnixMilli(rapid.Int64Range(-2_000_000_000_000, 7_000_000_000_000).Draw(t, "ms")).In(time.FixedZone("XYZ", offset))
		text := at.Format(layout)
		want, err := time.Parse(layout, text)
		if err != nil {
			t.Fatal(err)
		}
		blank := rapid.SampledFrom([]string{"", " "}).Draw(t, "blank")
		got, local, ok := dates.Time([]byte(blank+text+blank), GuessedUnit)
		zoned := strings.Contains(layout, "07") || strings.Contains(layout, "UTC") || strings.Contains(layout, "Z")
		if !ok || got != event.Millis(want.UnixMilli()) || local == zoned {
			t.Fatalf("%q is %d (local %v, %v), want %d", text, got, local, ok, want.UnixMilli())
		}
	})
}
