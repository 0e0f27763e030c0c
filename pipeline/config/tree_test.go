package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// house is a tree with every kind of key.
type house struct {
	Door   door            `yaml:"door"`
	Rooms  rooms           `yaml:"rooms"`
	Lamp   lamp            `yaml:"lamp"`
	Tables map[string]hues `yaml:"tables"`
}

type door struct {
	Keys    []string      `yaml:"keys"`
	Open    bool          `yaml:"open"`
	Wait    time.Duration `yaml:"wait"`
	Code    string        `yaml:"code" secret:"true"`
	Address string        `yaml:"address"`
}

type rooms struct {
	Count  int     `yaml:"count"`
	Small  uint8   `yaml:"small"`
	Height float64 `yaml:"height"`
	List   []item  `yaml:"list"`
	Style  *style  `yaml:"style"`
	Hue    hue     `yaml:"hue"`
}

type style struct {
	Name string `yaml:"name"`
}

type item struct {
	Name string   `yaml:"name"`
	Tags []string `yaml:"tags"`
}

type lamp struct {
	Enabled bool `yaml:"enabled"`
	Watts   int  `yaml:"watts"`
}

type hues []string

// hue is a type with a text form of its own.
type hue int

func (h *hue) UnmarshalText(b []byte) error {
	switch string(b) {
	case "warm":
		*h = 1
	case "cold":
		*h = 2
	default:
		return fmt.Errorf("%q is neither warm nor cold", b)
	}
	return nil
}

func (h hue) MarshalText() ([]byte, error) { return []byte([]string{"", "warm", "cold"}[h]), nil }

func (r rooms) Validate() error {
	var errs []error
	if r.Count < 0 {
		errs = append(errs, fmt.Errorf("rooms.count: %d is not at least 0", r.Count))
	}
	for i, x := range r.List {
		if x.Name == "" {
			errs = append(errs, fmt.Errorf("rooms.list[%d].name: missing", i))
		}
	}
	return errors.Join(errs...)
}

func (l lamp) Validate() error {
	if l.Watts > 100 {
		return errors.New("watts: too bright")
	}
	return nil
}

func (h house) Validate() error {
	if h.Door.Open && h.Door.Wait < time.Second {
		return errors.New("door.open: an open door needs door.wait of at least 1s")
	}
	return nil
}

func newHouse() house {
	return house{Door: door{Keys: []string{"a"}, Wait: time.Minute}, Rooms: rooms{Count: 3, Hue: 1}, Lamp: lamp{Enabled: true, Watts: 5}}
}

func write(t *testing.T, text string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("c.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "c.yaml"
}

func loadHouse(t *testing.T, l Layers) (house, error) {
	t.Helper()
	h := newHouse()
	_, err := load(l, reflect.ValueOf(&h).Elem())
	return h, err
}

func TestLaterLayersWin(t *testing.T) {
	file := write(t, `
door: {keys: [b, c], wait: 2m}
rooms:
  count: 1_000
  height: 2
  style:
    name: 1.10
  list:
    - name: kitchen
      tags: hot
    - {name: hall, tags: [long, 5, true]}
  hue: cold
lamp: off
tables: {oak: [brown], pine: red, ash: [a]}
`)
	h, err := loadHouse(t, Layers{
		File:    file,
		Environ: []string{"FRICTION_DOOR_WAIT=3m", "FRICTION_DOOR_KEYS=x, y", "FRICTION_ROOMS_COUNT=7", "PATH=/bin", "FRICTION_OTHER=1"},
		Set:     []string{"rooms.count=8", "door.open=true", "rooms.height=2.5", "lamp.watts=9", "tables={elm: a, ash: ~}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := house{
		Door: door{Keys: []string{"x", "y"}, Open: true, Wait: 3 * time.Minute},
		Rooms: rooms{
			Count: 8, Height: 2.5, Style: &style{Name: "1.10"}, Hue: 2,
			List: []item{{"kitchen", []string{"hot"}}, {"hall", []string{"long", "5", "true"}}},
		},
		Lamp:   lamp{Enabled: false, Watts: 9},
		Tables: map[string]hues{"elm": {"a"}, "oak": {"brown"}, "pine": {"red"}},
	}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("got  %+v\nwant %+v", h, want)
	}
}

func TestNothingGivenLeavesDefaults(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "comments": "# door:\n", "empty section": "door:\nrooms:\n  # count: 5\ntables:\n", "null": "null\n"} {
		t.Run(name, func(t *testing.T) {
			h, err := loadHouse(t, Layers{File: write(t, text)})
			if err != nil || !reflect.DeepEqual(h, newHouse()) {
				t.Errorf("got %+v, %v", h, err)
			}
		})
	}
}

func TestProblemsSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown key", "door:\n  open: true\n  wiat: 5s\n", "c.yaml:3:3: door.wiat: unknown key; did you mean door.wait?"},
		{"unknown section", "dor:\n  open: true\n", "c.yaml:1:1: dor: unknown key; did you mean door?"},
		{"key of another section", "watts: 5\n", "c.yaml:1:1: watts: unknown key; did you mean lamp.watts?"},
		{"no idea", "lamp:\n  zzz: 5\n", "c.yaml:2:3: lamp.zzz: unknown key; known here are enabled, watts"},
		{"unknown in list", "rooms:\n  list:\n    - name: a\n      tagz: [b]\n", "c.yaml:4:7: rooms.list[0].tagz: unknown key; did you mean rooms.list[0].tags?"},
		{"no unit", "door: {wait: 30}\n", `c.yaml:1:8: door.wait: "30" is no duration; write a number with a unit, such as 500ms, 30s, 10m, 24h`},
		{"number expected", "rooms:\n  count: many\n", `c.yaml:2:3: rooms.count: "many" is no whole number`},
		{"quoted number", "rooms:\n  count: '5'\n", `c.yaml:2:3: rooms.count: want a whole number, got the text "5"`},
		{"fraction", "rooms:\n  count: 2.5\n", `c.yaml:2:3: rooms.count: "2.5" is no whole number`},
		{"too large", "rooms:\n  small: 256\n", "c.yaml:2:3: rooms.small: 256 is too large or too small for a number of 8 bits"},
		{"negative", "rooms:\n  small: -1\n", `c.yaml:2:3: rooms.small: "-1" is no whole number of at least 0`},
		{"not a number", "rooms:\n  height: .nan\n", `c.yaml:2:3: rooms.height: ".nan" is no number`},
		{"boolean", "door:\n  open: yes\n", `c.yaml:2:3: door.open: "yes" is neither true nor false`},
		{"own type", "rooms: {hue: grey}\n", `c.yaml:1:9: rooms.hue: "grey" is neither warm nor cold`},
		{"list for text", "door:\n  address: [a]\n", "c.yaml:2:3: door.address: want a text, got a list"},
		{"nothing", "door:\n  address:\n", "c.yaml:2:3: door.address: want a text, got nothing; remove the key to have its default"},
		{"map for list", "rooms:\n  list:\n    name: a\n", "c.yaml:2:3: rooms.list: want a list, got keys and values"},
		{"scalar for section", "door: 5\n", "c.yaml:1:1: door: want keys and values here, got the single value 5"},
		{"wrong switch", "lamp: dim\n", "c.yaml:1:1: lamp: want keys and values here, got the single value dim"},
		{"list in list", "door:\n  keys:\n    - a\n    - [b]\n", "c.yaml:4:7: door.keys[1]: want a text, got a list"},
		{"scalar in map", "tables: 5\n", "c.yaml:1:1: tables: want keys and values here, got the single value 5"},
		{"twice", "door:\n  open: true\n  open: false\n", "c.yaml:3:3: not YAML: mapping key \"open\" already defined at [2:3]"},
		{"syntax", "door: {open: true\n", "c.yaml:1:7: not YAML: could not find flow mapping end token '}'"},
		{"two documents", "door: {open: true}\n---\nlamp: off\n", "c.yaml:2:1: a second document begins here; a configuration is one document"},
		{"merge", "door: &d {open: true}\nlamp:\n  <<: *d\n", "c.yaml:3:3: lamp.<<: unknown key; known here are enabled, watts"},
		{"alias without anchor", "door:\n  keys: *k\n", "c.yaml:2:3: door.keys: want a list, got an alias without its anchor"},
		{"value refused", "rooms:\n  height: 2\n  count: -4\n", "c.yaml:3:3: rooms.count: -4 is not at least 0"},
		{"value missing", "rooms:\n  list:\n    - name: a\n    - tags: [b]\n", "c.yaml:4:7: rooms.list[1].name: missing"},
		{"section left its name out", "lamp:\n  watts: 500\n", "c.yaml:2:3: lamp.watts: too bright"},
		{"contradiction", "door:\n  wait: 1ms\n  open: true\n", "c.yaml:3:3: door.open: an open door needs door.wait of at least 1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadHouse(t, Layers{File: write(t, c.yaml)})
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllProblemsAreShown(t *testing.T) {
	_, err := loadHouse(t, Layers{
		File: write(t, "door:\n  opne: true\nrooms:\n  count: x\n"), Environ: []string{"FRICTION_LAMP_WATTS=bright"}, Set: []string{"roms.count=1"},
	})
	want := `c.yaml:2:3: door.opne: unknown key; did you mean door.open?
c.yaml:4:3: rooms.count: "x" is no whole number
FRICTION_LAMP_WATTS: lamp.watts: "bright" is no whole number
--set roms.count: roms.count: unknown key; did you mean rooms.count?`
	var e *Error
	if !errors.As(err, &e) || e.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if p := e.Problems[0]; p.Place != (Place{File: "c.yaml", Line: 2, Column: 3}) || p.Key != "door.opne" {
		t.Errorf("problem %+v", p)
	}
}

func TestEnvironmentAndFlagsAreStrict(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("secret", []byte("s3same\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		l    Layers
		want string
	}{
		{"typo", Layers{Environ: []string{"FRICTION_DOOR_OPNE=true"}}, "FRICTION_DOOR_OPNE: no key has this name; did you mean FRICTION_DOOR_OPEN?"},
		{"not ours", Layers{Environ: []string{"FRICTION_DATA=/x", "FRICTION_DOOR_SERVICE_HOST=10.0.0.1", "FRICTION_DOOR_PORT_80_TCP=x"}}, ""},
		{"a platform's", Layers{Environ: []string{"FRICTION_DOOR_PORT=tcp://10.0.0.1:80", "FRICTION_DOOR_SERVICE_PORT_HTTP=80", "FRICTION_DOOR_PORT_80_TCP_ADDR=x"}}, ""},
		{"no platform's", Layers{Environ: []string{"FRICTION_DOOR_PORT=80"}}, "FRICTION_DOOR_PORT: no key has this name"},
		{"refused", Layers{Environ: []string{"FRICTION_ROOMS_COUNT=-1"}}, "FRICTION_ROOMS_COUNT: rooms.count: -1 is not at least 0"},
		{"refused flag", Layers{Set: []string{"rooms.count=-1"}}, "--set rooms.count: rooms.count: -1 is not at least 0"},
		{"other half", Layers{Set: []string{"door.wait=1ms"}, Environ: []string{"FRICTION_DOOR_OPEN=true"}}, "FRICTION_DOOR_OPEN: door.open: an open door needs door.wait of at least 1s"},
		{"no value", Layers{Set: []string{"rooms.count"}}, "--set rooms.count: want section.key=value"},
		{"list of sections", Layers{Set: []string{"rooms.list=[{name: a}, {nam: b}]"}}, "--set rooms.list: rooms.list: [1].nam: unknown key; did you mean [1].name?"},
		{"secret file", Layers{Environ: []string{"FRICTION_DOOR_CODE_FILE=secret"}}, ""},
		{"secret file missing", Layers{Environ: []string{"FRICTION_DOOR_CODE_FILE=none"}}, "FRICTION_DOOR_CODE_FILE: door.code: file none cannot be read: no such file or directory"},
		{"secret twice", Layers{Environ: []string{"FRICTION_DOOR_CODE_FILE=secret", "FRICTION_DOOR_CODE=x"}}, "FRICTION_DOOR_CODE_FILE: door.code: is set together with FRICTION_DOOR_CODE; give one of them"},
		{"only texts have files", Layers{Environ: []string{"FRICTION_DOOR_OPEN_FILE=secret"}}, "FRICTION_DOOR_OPEN_FILE: no key has this name"},
		{"file missing", Layers{File: "none.yaml"}, "none.yaml: cannot be read: no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := loadHouse(t, c.l)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %v\nwant %s", got, c.want)
			}
			if c.name == "secret file" && h.Door.Code != "s3same" {
				t.Errorf("code %q", h.Door.Code)
			}
		})
	}
}

func TestRenderMasksSecrets(t *testing.T) {
	h := newHouse()
	h.Door.Code = "s3same"
	h.Door.Address = "clickhouse://bob:s3same@a:9000,b:9000/db?access_token=s3same&x=1"
	h.Rooms.List = []item{{Name: "hall"}}
	h.Tables = map[string]hues{"b": {"yes"}, "a": {"12"}}
	got := render(reflect.ValueOf(h))
	want := `door:
  keys:
    - a
  open: false
  wait: 1m
  code: "***"
  address: "clickhouse://bob:***@a:9000,b:9000/db?access_token=***&x=1"
rooms:
  count: 3
  small: 0
  height: 0
  list:
    - name: hall
  hue: warm
lamp:
  enabled: true
  watts: 5
tables:
  a:
    - "12"
  b:
    - "yes"
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLargeFileIsRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(name, []byte(strings.Repeat("#", maxFile+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadHouse(t, Layers{File: name}); err == nil || !strings.Contains(err.Error(), "is larger than 4 MiB") {
		t.Errorf("got %v", err)
	}
}
