package config

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setText sets a scalar to one word. The error says what was wanted.
func setText(v reflect.Value, text string) error {
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		return u.UnmarshalText([]byte(text))
	}
	if v.Type() == durationType {
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is no duration; write a number with a unit, such as 500ms, 30s, 10m, 24h", text)
		}
		v.SetInt(int64(d))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		v.SetBool(text == "true")
		return nil
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%q is no number", text)
		}
		v.SetFloat(f)
		return nil
	}
	return setWhole(v, text)
}

func setWhole(v reflect.Value, text string) error {
	plain, bits := strings.ReplaceAll(text, "_", ""), v.Type().Bits()
	var err error
	if v.CanUint() {
		var n uint64
		if n, err = strconv.ParseUint(plain, 10, bits); err == nil {
			v.SetUint(n)
		}
	} else {
		var n int64
		if n, err = strconv.ParseInt(plain, 10, bits); err == nil {
			v.SetInt(n)
		}
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("%s is too large or too small for a number of %d bits", text, bits)
	case err != nil && v.CanUint():
		return fmt.Errorf("%q is no whole number of at least 0", text)
	case err != nil:
		return fmt.Errorf("%q is no whole number", text)
	}
	return nil
}

// setSwitch lets a section with a key `enabled` be written as one word: `rage_click: off`. It reports false for other
// sections and words.
func setSwitch(v reflect.Value, text string) bool {
	if !isSection(v.Type()) {
		return false
	}
	enabled, ok := find(v, "enabled")
	if !ok || enabled.Kind() != reflect.Bool {
		return false
	}
	switch text {
	case "on", "true":
		enabled.SetBool(true)
	case "off", "false":
		enabled.SetBool(false)
	default:
		return false
	}
	return true
}

// assign sets any key from the text of an environment variable or a flag: scalars as they are, lists comma separated,
// everything else (and what begins with a bracket) as YAML in one line. It returns the keys below v that were set.
func assign(v reflect.Value, text string) (below []string, err error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case setSwitch(v, trimmed):
		return []string{"enabled"}, nil
	case isScalar(v.Type()):
		return nil, setText(v, text)
	case v.Kind() == reflect.Slice && isScalar(v.Type().Elem()) && !strings.HasPrefix(trimmed, "["):
		return nil, assignList(v, trimmed)
	}
	scratch := reflect.New(v.Type()).Elem()
	if v.Kind() != reflect.Slice {
		scratch.Set(v)
	}
	set, err := decodeFragment(trimmed, scratch)
	if err != nil {
		return nil, err
	}
	v.Set(scratch)
	return slices.Collect(maps.Keys(set)), nil
}

func assignList(v reflect.Value, text string) error {
	list := reflect.MakeSlice(v.Type(), 0, 4)
	for item := range strings.SplitSeq(text, ",") {
		if text == "" {
			break
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if err := setText(e, strings.TrimSpace(item)); err != nil {
			return err
		}
		list = reflect.Append(list, e)
	}
	v.Set(list)
	return nil
}
