package rules

import (
	"encoding/json"
	"fmt"
	"reflect"

	"friction/pipeline/event"
)

// revision names encoded rules by a hash of what differs from the defaults. So a key that a later version adds, at its
// default, leaves the name as it is.
func revision(encoded, defaults []byte) (string, error) {
	var own, other any
	for b, into := range map[*[]byte]*any{&encoded: &own, &defaults: &other} {
		if err := json.Unmarshal(*b, into); err != nil {
			return "", fmt.Errorf("name rules: %w", err)
		}
	}
	b, err := json.Marshal(without(own, other)) // members in the order of their names
	if err != nil {
		return "", fmt.Errorf("name rules: %w", err)
	}
	return event.DigestOf(b).String()[:8], nil
}

// without is a JSON value without those of its members that are as in defaults.
func without(v, defaults any) any {
	members, ok := v.(map[string]any)
	usual, same := defaults.(map[string]any)
	if !ok || !same {
		return compact(v)
	}
	kept := map[string]any{}
	for name, member := range members {
		if d, there := usual[name]; !there || !reflect.DeepEqual(member, d) {
			kept[name] = without(member, d)
		}
	}
	for name := range usual {
		if _, there := members[name]; !there {
			kept[name] = nil // removed from a map
		}
	}
	return kept
}

// compact is a JSON value without empty members: in the elements of a list, which have no defaults, a key of a later
// version is empty where it is not used.
func compact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, member := range v {
			if m := compact(member); !empty(m) {
				kept[name] = m
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i := range v {
			kept[i] = compact(v[i])
		}
		return kept
	}
	return v
}

func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return v == nil || v == false || v == "" || v == 0.0
}
