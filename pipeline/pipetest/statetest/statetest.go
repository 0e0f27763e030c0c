package statetest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"friction/pipeline/event"
)

// RoundTrip fills every field of a value, saves it, loads it into a fresh one,
// and reports each field that does not come back. Then it loads all beginnings of
// the saved bytes, each of which must be refused.
//
// NotState are ends of paths of fields that are not saved, such as ".recent.due"; what
// pointers of a fresh value point at is not saved either.
func RoundTrip(t *testing.T, fresh func() any, save func(v any, st *event.State), notState ...string) {
	t.Helper()
	f := &filler{notState: notState}
	full := fresh()
	f.fill(reflect.ValueOf(full).Elem(), "")
	out := event.WriteState(nil)
	save(full, out)
	back := fresh()
	in := event.ReadState(out.Bytes())
	save(back, in)
	if err := in.Done(); err != nil {
		t.Errorf("%T: %v", full, err)
		return
	}
	for _, path := range f.different(reflect.ValueOf(full).Elem(), reflect.ValueOf(back).Elem(), "") {
		t.Errorf("%T%s is saved, and does not come back", full, path)
	}
	for n := range out.Bytes() {
		cut := event.ReadState(out.Bytes()[:n])
		save(fresh(), cut)
		if cut.Done() == nil {
			t.Errorf("%T: %d of %d bytes were taken for all", full, n, len(out.Bytes()))
		}
	}
}

// filler gives each field a value that no other has.
type filler struct {
	n        int
	notState []string
}

func (f *filler) skips(path string) bool {
	return slices.ContainsFunc(f.notState, func(end string) bool { return strings.HasSuffix(path, end) })
}

// fill sets a value and all that it holds.
func (f *filler) fill(v reflect.Value, path string) {
	if f.skips(path) {
		return
	}
	f.n++
	small := f.n%100 + 1 // fits every number
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(small))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(small))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(small) + .5)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", f.n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(open(v.Field(i)), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), path)
		}
	}
}

// different lists the paths of fields that differ.
func (f *filler) different(a, b reflect.Value, path string) (paths []string) {
	if f.skips(path) {
		return nil
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			paths = append(paths, f.different(open(a.Field(i)), open(b.Field(i)), path+"."+a.Type().Field(i).Name)...)
		}
		return paths
	case reflect.Slice:
		if a.Len() != b.Len() {
			return []string{path}
		}
		for i := range a.Len() {
			paths = append(paths, f.different(a.Index(i), b.Index(i), path)...)
		}
		return slices.Compact(paths)
	case reflect.Pointer:
		if a.Pointer() == b.Pointer() || a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return []string{path}
			}
			return nil
		}
		return f.different(a.Elem(), b.Elem(), path)
	case reflect.Func, reflect.Map, reflect.Interface, reflect.Chan:
		return nil
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) {
		return []string{path}
	}
	return nil
}

// open lets a field be read and set although it is not exported.
func open(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}
