package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// masked stands where a secret is.
const masked = "***"

// render writes a tree as YAML with its secrets masked. Empty settings inside lists are left out.
func render(root reflect.Value) []byte {
	w := &writer{}
	w.section(root, "", false)
	return w.Bytes()
}

type writer struct{ bytes.Buffer }

// section writes the keys of v, each on a line of its own that begins with indent.
func (w *writer) section(v reflect.Value, indent string, brief bool) {
	for _, f := range fields(v.Type()) {
		value := v.Field(f.index)
		if brief && value.IsZero() || value.Kind() == reflect.Pointer && value.IsNil() {
			continue
		}
		w.WriteString(indent + f.key + ":")
		w.value(value, indent, f.secret, brief)
	}
}

// value writes what follows a colon, up to the end of the line or of the block below it.
func (w *writer) value(v reflect.Value, indent string, secret, brief bool) {
	switch t := v.Type(); {
	case t.Kind() == reflect.Pointer:
		w.value(v.Elem(), indent, secret, brief)
	case isScalar(t):
		w.WriteString(" " + scalarYAML(v, secret) + "\n")
	case isSection(t):
		w.WriteByte('\n')
		w.section(v, indent+"  ", brief)
	case v.Len() == 0 && t.Kind() == reflect.Map:
		w.WriteString(" {}\n")
	case v.Len() == 0:
		w.WriteString(" []\n")
	case t.Kind() == reflect.Map:
		w.WriteByte('\n')
		w.table(v, indent+"  ", secret)
	default:
		w.WriteByte('\n')
		w.list(v, indent+"  ", secret)
	}
}

func (w *writer) table(v reflect.Value, indent string, secret bool) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(scalarText(a), scalarText(b)) })
	for _, k := range keys {
		w.WriteString(indent + scalarYAML(k, false) + ":")
		if e := v.MapIndex(k); isFlat(e.Type()) {
			w.WriteString(" " + flow(e) + "\n")
		} else {
			w.value(e, indent, secret, true)
		}
	}
}

// isFlat reports a section that fits on one line.
func isFlat(t reflect.Type) bool {
	return isSection(t) && !slices.ContainsFunc(fields(t), func(f field) bool { return f.secret || !isScalar(t.Field(f.index).Type) })
}

func flow(v reflect.Value) string {
	var pairs []string
	for _, f := range fields(v.Type()) {
		pairs = append(pairs, f.key+": "+scalarYAML(v.Field(f.index), false))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

func (w *writer) list(v reflect.Value, indent string, secret bool) {
	for i := range v.Len() {
		item := &writer{}
		if e := v.Index(i); isSection(e.Type()) {
			item.section(e, indent+"  ", true)
		} else {
			item.value(e, indent, secret, true)
		}
		if item.Len() == 0 {
			item.WriteString(" {}\n")
		}
		w.WriteString(indent + "- " + strings.TrimLeft(item.String(), " "))
	}
}

// plainWord matches texts that YAML takes for nothing but text.
var plainWord = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./@+=*?&%~-]*(:[A-Za-z0-9_./@+=*?&%~-]+)*$`)

// scalarYAML is one word as YAML, quoted where it could be taken for something else.
func scalarYAML(v reflect.Value, secret bool) string {
	text := mask(scalarText(v), secret)
	_, own := reflect.TypeAssert[encoding.TextMarshaler](v)
	if v.Kind() != reflect.String && !own {
		return text
	}
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(text)
	}
	if plainWord.MatchString(text) {
		return text
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted) // a JSON text is a YAML text
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return strconv.Quote(text)
	}
	return strings.TrimSuffix(quoted.String(), "\n")
}

// scalarText is one word as it is written in the environment.
func scalarText(v reflect.Value) string {
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](v); ok {
		if text, err := m.MarshalText(); err == nil {
			return string(text)
		}
	}
	switch {
	case v.Type() == durationType:
		return Duration(time.Duration(v.Int()))
	case v.CanFloat():
		return strconv.FormatFloat(v.Float(), 'f', -1, v.Type().Bits())
	}
	return fmt.Sprint(v.Interface())
}

var (
	passwordPattern  = regexp.MustCompile(`(://[^:@/?#]*):.*@`)
	parameterPattern = regexp.MustCompile(`(?i)([?&][^=&]*(?:password|secret|token)[^=&]*=)[^&]*`)
)

// mask hides a secret, and in an address the password and the parameters whose names say that they are secret.
func mask(text string, secret bool) string {
	switch {
	case text == "":
		return text
	case secret:
		return masked
	case strings.Contains(text, "://"):
		text = passwordPattern.ReplaceAllString(text, "${1}:"+masked+"@")
		text = parameterPattern.ReplaceAllString(text, "${1}"+masked)
	}
	return text
}

// Duration is d in the shortest form that a configuration reads back: 30m, not 30m0s.
func Duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
