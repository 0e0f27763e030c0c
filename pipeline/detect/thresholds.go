package detect

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Longest bounds every time, so that a session's memory of what came before stays
// bounded.
const Longest = 10 * time.Minute

// Most bounds every count, for the same reason.
const Most = 64

// Threshold is one number of a signal's rule that can be set.
type Threshold struct {
	Key      string         // in the section of the signal
	Count    *int           // one of Count, Time and Distance points to the value
	Time     *time.Duration // whole milliseconds
	Distance *float64       // CSS px
	min, max string
}

// ThresholdsOf are the numbers of a struct of settings, in the order of its fields;
// settings is a pointer to it. A field is a threshold if it has a tag `min`. `max`
// says the highest value allowed; a time may not be longer than [Longest], and a
// count not more than [Most]. The field's comment says what it is, and its unit.
//
// The first of each sort is the one that matters most: overrides set that one.
func ThresholdsOf(settings any) (all []Threshold) {
	v := reflect.ValueOf(settings).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		least, is := f.Tag.Lookup("min")
		if !is {
			continue
		}
		t := Threshold{Key: f.Tag.Get("yaml"), min: least, max: f.Tag.Get("max")}
		switch p := v.Field(i).Addr().Interface().(type) {
		case *int:
			t.Count = p
		case *time.Duration:
			t.Time = p
		case *float64:
			t.Distance = p
		default:
			panic(fmt.Sprintf("BUG: %s.%s is no count, time or distance", v.Type(), f.Name))
		}
		all = append(all, t)
	}
	return all
}

// Validate names the key and the value that is out of bounds.
func (t Threshold) Validate() error {
	switch {
	case t.Count != nil:
		least, most := number(t.min), number(cmp.Or(t.max, strconv.Itoa(Most)))
		if *t.Count < least || *t.Count > most {
			return fmt.Errorf("%s: %d is not from %d to %d", t.Key, *t.Count, least, most)
		}
	case t.Time != nil:
		least, most := span(t.min), span(cmp.Or(t.max, Longest.String()))
		if d := *t.Time; d < least || d > most || d%time.Millisecond != 0 {
			return fmt.Errorf("%s: %v is not a whole number of milliseconds from %v to %v", t.Key, d, least, most)
		}
	case !(*t.Distance >= float64(number(t.min))) || math.IsInf(*t.Distance, 0):
		return fmt.Errorf("%s: %v is not %s or more", t.Key, *t.Distance, t.min)
	}
	return nil
}

func (t Threshold) String() string {
	switch {
	case t.Count != nil:
		return fmt.Sprintf("%s=%d", t.Key, *t.Count)
	case t.Time != nil:
		return fmt.Sprintf("%s=%v", t.Key, *t.Time)
	}
	return fmt.Sprintf("%s=%gpx", t.Key, *t.Distance)
}

// number is a bound as a tag has it.
func number(tag string) int {
	n, err := strconv.Atoi(tag)
	if err != nil {
		panic("BUG: bound " + err.Error())
	}
	return n
}

// span is a bound of a time as a tag has it.
func span(tag string) time.Duration {
	d, err := time.ParseDuration(tag)
	if err != nil {
		panic("BUG: bound " + err.Error())
	}
	return d
}

// Validated is a struct of settings that checks what is no single number. The error
// begins with the key.
type Validated interface{ Validate() error }

// Described is a struct of settings that has more to say in the version of a rule
// than its thresholds: what of its choices is not as usual.
type Described interface{ Describe() string }

// Validate checks settings of a signal; settings is a pointer to them. The error
// begins with the key.
func Validate(settings any) error {
	for _, t := range ThresholdsOf(settings) {
		if err := t.Validate(); err != nil {
			return err
		}
	}
	if c, ok := settings.(Validated); ok {
		return c.Validate()
	}
	return nil
}

// Version is the rule and thresholds behind a signal, readable: "retry/2 within=30s
// slow=10s". settings is a pointer to the thresholds.
func (d *Declaration) Version(settings any) string {
	parts := []string{fmt.Sprintf("%s/%d", d.Name, d.Revision)}
	for _, t := range ThresholdsOf(settings) {
		parts = append(parts, t.String())
	}
	text := strings.Join(parts, " ")
	if c, ok := settings.(Described); ok {
		text += c.Describe()
	}
	return text
}
