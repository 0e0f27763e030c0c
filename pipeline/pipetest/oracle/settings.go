package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"friction/pipeline/event"
)

// readSettings returns the settings in force: what was set, else what the preset
// says, else the usual ones, which are the defaults. Explicit are the keys that were
// set to their defaults.
func readSettings(config any, explicit []string, usual settings) (settings, *lists) {
	text, err := yaml.Marshal(config)
	if err != nil {
		panic(err)
	}
	var tree map[string]any
	l := &lists{}
	for _, into := range []any{&tree, l} {
		if err := yaml.Unmarshal(text, into); err != nil {
			panic(fmt.Sprintf("read the configuration again: %v\n%s", err, text))
		}
	}
	for _, x := range list(tree["overrides"]) {
		l.Overrides = append(l.Overrides, readOverride(x.(map[string]any)))
	}
	given := settings{}
	given.flatten("", tree)
	inForce := maps.Clone(usual)
	if presets[given["preset"]].own { // products know no places
		inForce["rage_click.same"], inForce["rage_tap.same"] = "target_or_distance", "target_and_distance"
	}
	maps.Copy(inForce, presets[given["preset"]].settings)
	for key, v := range given {
		if plain(v) != plain(usual[key]) || slices.Contains(explicit, key) {
			inForce[key] = v
		}
	}
	l.Suppress = suppressedInForce(given["preset"], l.Suppress)
	return inForce, l
}

// flatten notes the values of a tree by their whole keys.
func (s settings) flatten(prefix string, tree map[string]any) {
	for key, v := range tree {
		switch v := v.(type) {
		case map[string]any:
			s.flatten(prefix+key+".", v)
		case []any:
			s[prefix+key] = listText(v) // an empty list is one, too
		case nil:
		default:
			s[prefix+key] = fmt.Sprint(v)
		}
	}
}

// listText is a list of words or of reactions as one text; other lists are read elsewhere.
func listText(list []any) string {
	var all []string
	for _, x := range list {
		switch x := x.(type) {
		case map[string]any:
			if x["types"] == nil {
				return ""
			}
			all = append(all, reactionText(x))
		default:
			all = append(all, fmt.Sprint(x))
		}
	}
	return lines(all...)
}

// plain makes two ways to write one value equal: 0s, 0, false and nothing are
// the zero of any setting, and 1m is 60s.
func plain(v string) string {
	if d, err := time.ParseDuration(v); err == nil {
		v = d.String()
	}
	if v == "0s" || v == "0" || v == "false" {
		return ""
	}
	return v
}

// signal is the settings of one signal.
func (s settings) signal(name string) values {
	own := values{}
	for key, v := range s {
		if rest, ok := strings.CutPrefix(key, name+"."); ok {
			own[rest] = v
		}
	}
	return own
}

// on reads a switch.
func (v values) on(key string) bool { return v[key] == "true" }

// number reads a count or a distance in CSS px. What is not set is 0.
func (v values) number(key string) float64 {
	if v[key] == "" {
		return 0
	}
	n, err := strconv.ParseFloat(v[key], 64)
	if err != nil {
		panic(err) // the engine has checked it
	}
	return n
}

// count reads a whole number.
func (v values) count(key string) int { return int(v.number(key)) }

// span reads a time. What is not set is 0.
func (v values) span(key string) event.Millis {
	if v[key] == "" {
		return 0
	}
	d, err := time.ParseDuration(v[key])
	if err != nil {
		panic(err) // the engine has checked it
	}
	return ms(d)
}

// list reads a list; what is not set is empty.
func list(v any) []any {
	all, _ := v.([]any)
	return all
}

// words reads a list of texts.
func words(v any) (all []string) {
	for _, x := range list(v) {
		all = append(all, fmt.Sprint(x))
	}
	return all
}
