package simulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// native is the field table of the native event, read by encoding/json: an
// oracle that has nothing in common with the hand-written encoder.
type native struct {
	Time    stampOrMillis `json:"time"`
	ID      string        `json:"id"`
	User    string        `json:"user"`
	App     string        `json:"app"`
	Account string        `json:"account"`
	Session string        `json:"session"`
	Type    string        `json:"type"`
	Name    string        `json:"name"`
	Page    string        `json:"page"`
	Target  *struct {
		Tag, ID, Text, Role, Selector, Href string
		InputType                           string `json:"input_type"`
		Classes                             []string
	} `json:"target"`
	X, Y       *float64
	Keyboard   bool
	Op         string
	Status     int
	OK         *bool
	DurationMS *float64 `json:"duration_ms"`
	Error      *struct{ Kind, Message string }
	Context    struct {
		Device, OS, Browser        string
		AppVersion                 string `json:"app_version"`
		Country, Variant, Language string
	}
	Attrs map[string]any
}

type stampOrMillis struct {
	time.Time
	text bool
}

func (s *stampOrMillis) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		s.text = true
		return s.Time.UnmarshalJSON(b)
	}
	var ms int64
	err := json.Unmarshal(b, &ms)
	s.Time = time.UnixMilli(ms)
	return err
}

// ofTopic are the types each topic carries.
var ofTopic = map[string]string{
	Clickstream: " page_view screen_view click tap input focus blur submit scroll selection mutation visibility mouse_move survey support ",
	Telemetry:   " request error crash lifecycle hang ",
}

// carries says whether a topic carries events of a type. Behaviours that were
// added write to the clickstream.
func carries(topic, kind string) bool {
	for _, b := range added {
		if topic == Clickstream && b.shows == kind {
			return true
		}
	}
	return strings.Contains(ofTopic[topic], " "+kind+" ")
}

func decoded(t testing.TB, r Record) native {
	t.Helper()
	e, err := decode(r)
	if err != nil {
		t.Fatalf("%v in %s", err, r.Value)
	}
	return e
}

func decode(r Record) (e native, err error) {
	d := json.NewDecoder(bytes.NewReader(r.Value))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, err
	}
	if d.More() {
		return e, errors.New("more than one value")
	}
	return e, nil
}

// inTimeOrder decodes what was delivered, once, by the devices' clocks.
func inTimeOrder(t testing.TB, records []Record) []native {
	t.Helper()
	seen := map[string]bool{}
	var all []native
	for _, r := range records {
		if e := decoded(t, r); !seen[e.ID] {
			seen[e.ID] = true
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b native) int { return a.Time.Compare(b.Time.Time) })
	return all
}

// sound says what is wrong with an event, if anything.
func (e native) sound(r Record) error {
	web := e.Context.Browser != ""
	switch {
	case !carries(r.Topic, e.Type):
		return fmt.Errorf("type %q on topic %s", e.Type, r.Topic)
	case e.User != r.Key || !e.Time.Equal(r.Time):
		return errors.New("key or time of the record is not the event's")
	case len(e.ID) != 16 || len(e.Session) != 16 || e.App != "shop":
		return errors.New("id, session or app")
	case web == e.Time.text:
		return errors.New("browsers write Unix ms, apps RFC 3339")
	case e.Page == "" && e.Type != "lifecycle":
		return errors.New("no page")
	case e.Page != "" && strings.HasPrefix(e.Page, "/") != web:
		return errors.New("page of the other platform")
	case e.Context.Device == "" || e.Context.OS == "" || e.Context.AppVersion == "" ||
		e.Context.Country == "" || e.Context.Language == "" || e.Context.Variant == "":
		return errors.New("context")
	}
	switch e.Type {
	case "click", "tap":
		if e.Target == nil || e.X == nil || e.Y == nil || (e.Type == "click") != web ||
			e.Keyboard != (*e.X == 0 && *e.Y == 0) {
			return errors.New("click")
		}
	case "request":
		if e.Op == "" || e.DurationMS == nil || *e.DurationMS < 0 || (e.Status == 0) != (e.OK == nil) ||
			e.OK != nil && *e.OK != (e.Status < 400) || (e.Error == nil) != (e.OK != nil && *e.OK) {
			return errors.New("request")
		}
	case "submit":
		if e.Op == "" || e.OK == nil {
			return errors.New("submit")
		}
	case "error", "crash":
		if e.Error == nil || e.Error.Message == "" || e.Error.Kind == "" && e.Error.Message != "Script error." { // of a script of another site, whose kind a browser does not tell
			return errors.New("error")
		}
	case "hang":
		if e.DurationMS == nil || *e.DurationMS <= 0 {
			return errors.New("hang")
		}
	case "mouse_move":
		if e.X == nil || e.Y == nil || !web {
			return errors.New("mouse_move")
		}
	case "lifecycle", "survey", "support":
		if e.Name == "" {
			return errors.New("lifecycle")
		}
	}
	return nil
}

func TestEventsAreNativeEvents(t *testing.T) {
	r := playFor(t, 40*time.Minute, Options{Seed: 9, Rate: 40, Trouble: 4, Incidents: []Incident{{Journey: "checkout", Step: "address"}}})
	types, devices, size := map[string]int{}, map[string]int{}, 0
	for _, rec := range r.records {
		e := decoded(t, rec)
		if err := e.sound(rec); err != nil {
			t.Fatalf("%v: %s", err, rec.Value)
		}
		types[e.Type]++
		devices[e.Context.OS+" "+e.Context.Browser]++
		size += len(rec.Value)
	}
	for _, names := range ofTopic {
		for name := range strings.FieldsSeq(names) {
			if types[name] == 0 {
				t.Errorf("no event of type %s", name)
			}
		}
	}
	if len(devices) < 10 {
		t.Errorf("only these platforms: %v", devices)
	}
	if mean := size / len(r.records); mean < 250 || mean > 400 {
		t.Errorf("an event has %d bytes", mean)
	}
}
