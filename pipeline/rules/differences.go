package rules

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// section is a part of the rules under the key that it has in a configuration.
type section struct {
	key   string
	value reflect.Value
}

func (r *Rules) sections() []section {
	e := r.Engine
	return []section{
		{"input", reflect.ValueOf(r.Decode)},
		{"filter", reflect.ValueOf(e.Filter)},
		{"sessions", reflect.ValueOf(e.Sessions)},
		{"journeys", reflect.ValueOf(e.Journeys)},
		{"signals", reflect.ValueOf(e.Signals)},
		{"score", reflect.ValueOf(e.Score)},
		{"limits.outbox_bytes", reflect.ValueOf(e.OutboxBytes)},
	}
}

// Differences says by key what differs between two rules, such as "sessions.gap: 30m0s → 5m0s", in the order of the keys
// in a configuration.
func (r *Rules) Differences(to *Rules) []string {
	var found []string
	other := to.sections()
	for i, s := range r.sections() {
		compare(s.key, s.value, other[i].value, &found)
	}
	if r.KeySum != to.KeySum && r.Decode.Pseudonymise.KeyID == to.Decode.Pseudonymise.KeyID {
		found = append(found, "input.pseudonymise.key_file: another key of that name")
	}
	return found
}

// compare appends what differs below a key.
func compare(key string, a, b reflect.Value, found *[]string) {
	if a.Kind() == reflect.Struct && a.NumField() > 0 {
		for i := range a.NumField() {
			field := a.Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if !field.IsExported() || name == "-" {
				continue
			}
			if below := strings.Trim(key+"."+name, "."); name != "" {
				compare(below, a.Field(i), b.Field(i), found)
			} else {
				compare(key, a.Field(i), b.Field(i), found)
			}
		}
		return
	}
	if was, is := shown(a), shown(b); was != is {
		*found = append(*found, fmt.Sprintf("%s: %s → %s", key, cut(was), cut(is)))
	}
}

// shown is a value as people know it.
func shown(v reflect.Value) string {
	if d, ok := reflect.TypeAssert[time.Duration](v); ok {
		return d.String()
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return fmt.Sprint(v.Interface())
	}
	return string(b)
}

// cut keeps a value of a list or map within one line.
func cut(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
