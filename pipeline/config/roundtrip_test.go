package config

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What render writes, load reads back: the effective configuration is a configuration.
func TestRenderedTreeReadsBackEqual(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	word := rapid.OneOf(
		rapid.SampledFrom([]string{"null", "~", "true", "12", "0x1f", "1e3", ".inf", "-", "- a", "a: b", "#x", "a #b", "*x", "&x", "!t", "'", `"`, "%", "@", "[", "{}", " ", "a\nb", "\ta", "é", "2026-01-01", "<<", "=", "|", ">"}),
		rapid.StringMatching(`[ -~]{1,12}`),
	)
	words := rapid.SliceOfN(word, 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		want := newHouse()
		want.Door.Keys = words.Draw(t, "keys")
		want.Door.Open = rapid.Bool().Draw(t, "open")
		want.Door.Wait = time.Duration(rapid.Int64Range(int64(time.Second), 1<<50).Draw(t, "wait"))
		want.Rooms.Height = rapid.Float64Range(-1e9, 1e9).Draw(t, "height")
		want.Rooms.List = append([]item{}, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) item {
			i := item{Name: word.Draw(t, "name")}
			if tags := words.Draw(t, "tags"); len(tags) > 0 {
				i.Tags = tags
			}
			return i
		}), 0, 3).Draw(t, "list")...)
		want.Tables = map[string]hues{}
		for _, k := range words.Draw(t, "tables") {
			if k != "<<" { // a merge, which tables do not take
				want.Tables[k] = words.Draw(t, "hues")
			}
		}
		text := render(reflect.ValueOf(want))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		got := newHouse()
		if _, err := load(Layers{File: file}, reflect.ValueOf(&got).Elem()); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("wrote\n%s\ngot  %#v\nwant %#v", text, got, want)
		}
	})
}

func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"door: {keys: [a], wait: 1s}\n", "lamp: off", "rooms: {list: [{name: a, tags: b}]}", "a: &x {b: *x}\ntables: *x\n", "? a\n: b\n", "- 1\n", "lamp: &x *x", "door: {keys: &x [a, *x]}", "door: !!map {open: !!bool true}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := newHouse()
		for _, p := range readYAML("c.yaml", []byte(text), reflect.ValueOf(&h).Elem(), places{}) {
			if p.Text == "" || p.Place.File == "" {
				t.Errorf("a problem without a text or a place: %+v", p)
			}
		}
	})
}

func TestDurationIsShortAndReadsBack(t *testing.T) {
	for in, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 90 * time.Second: "1m30s", 30 * time.Minute: "30m", 24 * time.Hour: "24h", 10*time.Hour + time.Second: "10h0m1s",
		100 * time.Minute: "1h40m", 1500 * time.Millisecond: "1.5s", 20 * time.Minute: "20m", 20 * time.Hour: "20h",
	} {
		got := Duration(in)
		back, err := time.ParseDuration(got)
		if got != want || err != nil || back != in {
			t.Errorf("Duration(%v) = %q, want %q; reads back as %v, %v", in, got, want, back, err)
		}
	}
}
