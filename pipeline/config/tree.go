package config

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A tree is a struct of structs whose exported fields all carry a yaml tag. Its leaves are scalars, lists and maps.

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// field is one key of a struct.
type field struct {
	key    string
	index  int
	secret bool // tag `secret:"true"`: never printed
}

// fields lists the keys of a struct type in order.
func fields(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.IsExported() && key != "-" && key != "" {
			all = append(all, field{key: key, index: i, secret: f.Tag.Get("secret") == "true"})
		}
	}
	return all
}

// isSection reports a type whose keys are keys of the tree.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textType)
}

// isScalar reports a type that one word can set.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return reflect.PointerTo(t).Implements(textType)
}

// leaf is one settable key of a tree.
type leaf struct {
	key    string // path from the root
	value  reflect.Value
	secret bool
}

// leaves lists every key below v that is not a section, in order.
func leaves(prefix string, v reflect.Value) []leaf {
	var all []leaf
	for _, f := range fields(v.Type()) {
		key, value := join(prefix, f.key), v.Field(f.index)
		if isSection(value.Type()) {
			all = append(all, leaves(key, value)...)
		} else {
			all = append(all, leaf{key: key, value: value, secret: f.secret})
		}
	}
	return all
}

// find is the value at a dotted path, a section or a leaf.
func find(root reflect.Value, key string) (reflect.Value, bool) {
	for name := range strings.SplitSeq(key, ".") {
		if !isSection(root.Type()) {
			return reflect.Value{}, false
		}
		all := fields(root.Type())
		i := slices.IndexFunc(all, func(f field) bool { return f.key == name })
		if i < 0 {
			return reflect.Value{}, false
		}
		root = root.Field(all[i].index)
	}
	return root, true
}

// keysOf lists the keys of a section.
func keysOf(v reflect.Value) []string {
	var keys []string
	for _, f := range fields(v.Type()) {
		keys = append(keys, f.key)
	}
	return keys
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}
