package pipetest_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// heldOfSession are the lists of an open session that belong to no detector, and how many elements each has at most.
var heldOfSession = map[string]int{
	".residentState.Session.IDs.in.slots":          0, // these events have no ids; sessions.max_ids bounds it
	".residentState.track.Visits":                  3 * journey.MaxVisits,
	".residentState.track.Visits[].Signals.list":   detect.MaxKinds,
	".residentState.track.attempts":                1, // one for each journey
	".residentState.runs.active":                   detect.MaxKinds,
	".residentState.runs.Memory.Acts":              16,
	".residentState.runs.Memory.presses":           4,
	".residentState.runs.Memory.Reactions.Told":    32,
	".residentState.runs.Memory.Reactions.Latest":  int(event.NumTypes),
	".residentState.runs.Memory.Reactions.Presses": 16,
	".residentState.runs.Memory.Reactions.Focus":   2,
	".residentState.runs.brief.waiting":            4 * detect.Most, // a dead and an error click of each click and tap in no rage
	".residentState.runs.brief.same.hashes":        256,
	".residentState.extras.signals.list":           detect.MaxKinds,
	".residentState.extras.early":                  32,
	".residentState.Session.offsets":               8,
	".residentState.Session.recent":                1024,
	".residentState.id":                            16,
	".residentState.Session.newest":                16,
	".residentState.context":                       0,
	".evictedState":                                1 << 20,
	".evictedIDs.in.slots":                         0,
}

// Every list that a session, its visits and its detectors hold has a bound, and no user gets beyond it. A list that is
// not named above, or belongs to a detector whose signal declares too little, fails here.
func TestEveryListOfASessionHasABound(t *testing.T) {
	most := map[string]int{} // by kind: what was held at most
	for _, h := range hostiles() {
		events := h.draw(4000, 1)
		c := newCrowd(t, len(events))
		for len(events) > 0 {
			n := min(len(events), 200)
			c.take(events[:n])
			events = events[n:]
			walkSessions(t, h.name, c, most)
		}
	}
	for k := range signals.NumKinds {
		d := signals.Of(k)
		if most[d.Name] > d.MostHeld {
			t.Errorf("%s holds %d elements and declares %d", d.Name, most[d.Name], d.MostHeld)
		}
	}
	t.Log(most)
}

// walkSessions looks into all open sessions of an engine.
func walkSessions(t *testing.T, who string, c *crowd, most map[string]int) {
	t.Helper()
	e := reflect.ValueOf(c.Engine).Elem()
	rules := e.FieldByName("detect").Elem().FieldByName("rules")
	for open := e.FieldByName("sessions").FieldByName("open").MapRange(); open.Next(); {
		w := walk{rules: rules, lists: map[string]int{}, kinds: map[string]int{}}
		w.value(open.Value().Elem(), "")
		for path, n := range w.lists {
			bound, ok := heldOfSession[path]
			if !ok || n > bound {
				t.Errorf("%s: %d elements in %s; its bound is %d (named: %v)", who, n, path, bound, ok)
			}
		}
		for kind, n := range w.kinds {
			most[kind] = max(most[kind], n)
		}
	}
}

// walk counts the elements of the lists below a value.
type walk struct {
	rules reflect.Value
	lists map[string]int // by path: the longest
	kinds map[string]int // by signal: all elements of all lists of its detector
	kind  string         // of the detector in hand, "" outside
}

func (w *walk) value(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && !strings.HasSuffix(path, ".context") && !strings.HasSuffix(path, "Rule") {
			w.value(v.Elem(), path)
		}
	case reflect.Struct:
		w.fields(v, path)
	case reflect.Slice, reflect.Array, reflect.Map:
		w.list(v, path)
	}
}

// fields visits the fields of a struct. A detector is visited under the name of its kind.
func (w *walk) fields(v reflect.Value, path string) {
	if v.Type().Name() == "active" {
		rule := w.rules.Index(int(v.FieldByName("rule").Uint()))
		before := w.kind
		w.kind = signals.Name(detect.Kind(rule.FieldByName("kind").Uint()))
		w.kinds[w.kind] += 0
		w.value(v.FieldByName("detector"), path)
		w.kind = before
		return
	}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if v.Type() == reflect.TypeFor[detect.Signal]() && name == "more" {
			if n := v.Field(i).Len(); n >= detect.MaxEvents {
				w.lists[path+".more"] = n
			}
			continue
		}
		w.value(v.Field(i), fmt.Sprint(path, ".", name))
	}
}

func (w *walk) list(v reflect.Value, path string) {
	if w.kind != "" {
		w.kinds[w.kind] += v.Len()
	} else {
		w.lists[path] = max(w.lists[path], v.Len())
	}
	if v.Kind() == reflect.Map {
		return
	}
	for i := range v.Len() {
		w.value(v.Index(i), path+"[]")
	}
}

// docs/limits.md has a row for each limit that is counted.
func TestLimitsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	for l := range event.NumLimits {
		if !strings.Contains(string(page), "| `"+l.String()+"` |") {
			t.Errorf("docs/limits.md has no row with the counter `%s`", l)
		}
	}
}
