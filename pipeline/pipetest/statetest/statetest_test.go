package statetest

import (
	"reflect"
	"slices"
	"testing"

	"friction/pipeline/event"
)

type inner struct {
	text string
	list []uint8
}

type outer struct {
	rule   *inner // given by its maker
	number int64
	inner  inner
	more   []inner
}

// What a Save leaves out must show, wherever it lies.
func TestAFieldThatIsNotSavedShows(t *testing.T) {
	rule := &inner{}
	f := &filler{notState: []string{".number"}}
	a, b := outer{rule: rule}, outer{rule: rule}
	f.fill(reflect.ValueOf(&a).Elem(), "")
	f.fill(reflect.ValueOf(&b).Elem(), "")
	b.inner.list = slices.Clone(a.inner.list)
	b.inner.text, b.more[1].text = a.inner.text, a.more[1].text
	b.more[0].text = a.more[0].text
	for i := range b.more {
		b.more[i].list = slices.Clone(a.more[i].list)
	}
	compare := func() []string { return f.different(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem(), "") }
	if paths := compare(); len(paths) > 0 || a.number != 0 || rule.text != "" {
		t.Errorf("%v differ, %+v", paths, a)
	}
	b.more[1].list[0], b.inner.text = 0, ""
	if paths := compare(); !slices.Equal(paths, []string{".inner.text", ".more.list"}) {
		t.Errorf("%v differ", paths)
	}
}

func TestRoundTrip(t *testing.T) {
	RoundTrip(t, func() any { return &outer{rule: &inner{}} }, func(v any, st *event.State) {
		x := v.(*outer)
		event.Int(st, &x.number)
		one := func(i *inner) {
			event.Str(st, &i.text)
			event.Slice(st, &i.list, func(n *uint8) { event.Uint(st, n) })
		}
		one(&x.inner)
		event.Slice(st, &x.more, one)
	}, ".rule")
}
