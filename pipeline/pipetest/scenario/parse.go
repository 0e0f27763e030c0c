package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"friction/pipeline/detect"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
	"friction/pipeline/session"
	"friction/pipeline/signals"
	"friction/pipeline/tuning"
)

// settings are the parts of the configuration a scenario may change.
type settings struct {
	Sessions session.Config  `yaml:"sessions"`
	Journeys journey.Config  `yaml:"journeys"`
	Signals  tuning.Config   `yaml:"signals"`
	Score    score.Config    `yaml:"score"`
	Filter   []journey.Match `yaml:"filter"`
	// Only names the signals that the scenario is about; the others are switched off.
	Only []string `yaml:"only"`
}

// Parse reads a scenario. Errors begin with the line.
func Parse(text string) (*Scenario, error) {
	s := &Scenario{World: world.World{Config: engine.DefaultConfig(), Topics: []string{"clickstream"}}}
	var section func(line string, n int) error
	intro := func(line string, _ int) error { s.Intro += line; return nil }
	section = intro
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		n := i + 1
		header, ok := strings.CutPrefix(line, "-- ")
		if !ok {
			if err := section(line, n); err != nil {
				return nil, fmt.Errorf("%d: %w", n, err)
			}
			continue
		}
		header = strings.TrimSuffix(strings.TrimSpace(header), " --")
		switch header {
		case "config":
			section = func(line string, _ int) error { s.config += line; return nil }
		case "events":
			section = s.event
		default:
			look, err := parseLook(header, n)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", n, err)
			}
			s.Looks = append(s.Looks, look)
			section = look.read
		}
	}
	return s, s.finish()
}

// finish reads the configuration of the scenario, sorts its records by record time, and checks that each section of
// output has a comment.
func (s *Scenario) finish() error {
	c := &s.World.Config
	parts := settings{Sessions: c.Sessions, Journeys: c.Journeys, Signals: c.Signals, Score: c.Score}
	if strings.TrimSpace(s.config) != "" {
		if err := yaml.UnmarshalWithOptions([]byte(s.config), &parts, yaml.Strict()); err != nil {
			return fmt.Errorf("config: %w", err)
		}
	}
	if err := parts.only(); err != nil {
		return err
	}
	c.Sessions, c.Journeys, c.Signals, c.Score, c.Filter = parts.Sessions, parts.Journeys, parts.Signals, parts.Score, parts.Filter
	if err := c.Validate(); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	slices.SortStableFunc(s.World.Log, func(a, b world.Record) int { return cmp.Compare(a.Event.Recorded, b.Event.Recorded) })
	for i, look := range s.Looks {
		if len(look.comment) == 0 {
			return fmt.Errorf("%d: %q has no comment that says why its rows are right", look.line, look.header)
		}
		if i+1 < len(s.Looks) {
			look.Text = strings.TrimSuffix(look.Text, "\n") // the empty line between sections
		}
	}
	if len(s.World.Log) == 0 || len(s.Looks) == 0 {
		return errors.New("1: want a section of events and one of output")
	}
	return nil
}

func (p *settings) only() error {
	if len(p.Only) == 0 {
		return nil
	}
	var kinds []detect.Kind
	for _, name := range p.Only {
		k, ok := signals.KindOf(name)
		if !ok {
			return fmt.Errorf("config: only: no signal of the name %q", name)
		}
		kinds = append(kinds, k)
	}
	p.Signals.KeepOnly(kinds...)
	return nil
}

func parseLook(header string, line int) (*Look, error) {
	l := &Look{header: header, where: map[string]string{}, at: event.Never, line: line}
	words := strings.Fields(header)
	l.Table = words[0]
	if _, ok := shownTables[l.Table]; !ok {
		return nil, fmt.Errorf("unknown section %q", header)
	}
	for i := 1; i < len(words); i++ {
		switch name, value, ok := strings.Cut(words[i], "="); {
		case ok:
			l.where[name] = value
		case words[i] == "at" && i+1 < len(words):
			i++
			at, err := parseClock(words[i])
			if err != nil {
				return nil, err
			}
			l.at = at
		default:
			return nil, fmt.Errorf("want column=value or at TIME, not %q", words[i])
		}
	}
	return l, nil
}

func (l *Look) read(line string, _ int) error {
	if strings.HasPrefix(line, "#") {
		l.comment = append(l.comment, line)
	} else {
		l.Text += line
	}
	return nil
}

// parseClock reads 12:00:00.0, or 2T12:00:00.0 on the second day.
func parseClock(s string) (event.Millis, error) {
	day, clock := 1, s
	if d, rest, ok := strings.Cut(s, "T"); ok {
		n, err := strconv.Atoi(d)
		if err != nil {
			return 0, fmt.Errorf("time %q: %w", s, err)
		}
		day, clock = n, rest
	}
	t, err := time.Parse("15:04:05", clock)
	if err != nil {
		return 0, fmt.Errorf("time %q: %w", s, err)
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return world.Dawn + event.Millis(day-1)*86_400_000 + event.Millis(t.Sub(midnight).Milliseconds()), nil
}

func clock(t event.Millis) string {
	switch t {
	case event.Never:
		return "-"
	case event.Beginning:
		return "beginning"
	}
	day := int64(math.Floor(float64(t-world.Dawn) / 86_400_000))
	at := time.UnixMilli(int64(t)).UTC().Format("15:04:05.0")
	if t%100 != 0 {
		at = time.UnixMilli(int64(t)).UTC().Format("15:04:05.000")
	}
	if day != 0 {
		at = fmt.Sprintf("%dT%s", day+1, at)
	}
	return at
}

// event reads one line: time, user, type, then what the event says.
func (s *Scenario) event(line string, _ int) error {
	s.events += line
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	words, err := fields(line)
	if err != nil {
		return err
	}
	if len(words) < 3 {
		return errors.New("want a time, a user and a type")
	}
	var r world.Record
	e := &r.Event
	if e.Time, err = parseClock(words[0]); err != nil {
		return err
	}
	e.Recorded = e.Time
	if _, fraction, _ := strings.Cut(words[0], "."); len(fraction) >= 3 {
		e.Flags |= event.MillisecondTime
	}
	e.App, e.User = "shop", words[1]
	if e.Type, err = typeOf(words[2]); err != nil {
		return err
	}
	var keyed bool
	for _, w := range words[3:] {
		name, value, ok := strings.Cut(w, "=")
		if strings.HasPrefix(w, "/") || strings.HasPrefix(w, "#") {
			name, value, ok = map[byte]string{'/': "page", '#': "target"}[w[0]], w, true
		}
		if !ok {
			return fmt.Errorf("want name=value, not %q", w)
		}
		keyed = keyed || name == "client"
		if err := s.field(&r, name, value); err != nil {
			return err
		}
	}
	if e.Lead > 0 { // as the decoder does, with max_future 0
		e.Time, e.Lead, e.Flags = e.Recorded, e.Lead-e.Recorded, e.Flags|event.ClockAhead
	}
	var k event.Keyer
	client := ""
	if keyed {
		client = e.Client
	}
	e.Key = k.Key(e.App, e.User, client)
	if e.ID == "" {
		e.Hash = event.DigestOf([]byte(sent(words)))
	}
	s.World.Log = append(s.World.Log, r)
	return nil
}

// sent is what of a line the device sends: not when it arrives, and where.
func sent(words []string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "arrives=") || strings.HasPrefix(w, "topic=")
	}), " ")
}

func typeOf(name string) (event.Type, error) {
	t, ok := event.TypeOf(name)
	if !ok {
		return t, fmt.Errorf("unknown type %q", name)
	}
	return t, nil
}

// field sets one named value of an event.
func (s *Scenario) field(r *world.Record, name, value string) (err error) {
	e := &r.Event
	target := func() *event.Target { e.Target = cmp.Or(e.Target, &event.Target{}); return e.Target }
	context := func() *event.Context { e.Context = cmp.Or(e.Context, &event.Context{}); return e.Context }
	number := func() int64 {
		var n int64
		n, err = strconv.ParseInt(value, 10, 32)
		return n
	}
	texts := map[string]func() *string{
		"id": func() *string { return &e.ID }, "app": func() *string { return &e.App }, "account": func() *string { return &e.Account },
		"client": func() *string { return &e.Client }, "session": func() *string { return &e.Client }, "name": func() *string { return &e.Name }, "page": func() *string { return &e.Page },
		"op":     func() *string { return &e.Op },
		"target": func() *string { return &target().ID }, "tag": func() *string { return &target().Tag }, "text": func() *string { return &target().Text },
		"role": func() *string { return &target().Role }, "href": func() *string { return &target().Href },
		"input": func() *string { return &target().InputType }, "selector": func() *string { return &target().Selector },
		"device": func() *string { return &context().Device }, "os": func() *string { return &context().OS },
		"browser": func() *string { return &context().Browser }, "country": func() *string { return &context().Country },
		"app_version": func() *string { return &context().AppVersion },
	}
	if to, ok := texts[name]; ok {
		*to() = value
		return nil
	}
	switch {
	case name == "status":
		e.Status = int32(number())
	case name == "ok" && value == "true":
		e.Flags |= event.HasOK | event.OK
	case name == "ok" && value == "false":
		e.Flags |= event.HasOK
	case name == "at":
		e.Flags |= event.HasPosition
		_, err = fmt.Sscanf(value, "%g,%g", &e.X, &e.Y)
	case name == "duration":
		var d time.Duration
		d, err = time.ParseDuration(value)
		e.Duration, e.Flags = event.Millis(d.Milliseconds()), e.Flags|event.HasDuration
	case name == "kind":
		e.Error = cmp.Or(e.Error, &event.Error{})
		e.Error.Kind = value
	case name == "message":
		e.Error = cmp.Or(e.Error, &event.Error{})
		e.Error.Message = value
	case name == "shown": // the page as it was sent
		e.RawPage = event.Hash64(value)
	case name == "class":
		target().Classes = append(target().Classes, value)
	case name == "keyboard" && value == "true":
		e.Flags |= event.Keyboard
	case name == "clock" && value == "ahead":
		e.Flags |= event.ClockAhead
	case name == "clock": // what the device's clock showed
		e.Lead, err = parseClock(value)
	case name == "arrives":
		e.Recorded, err = parseClock(value)
	case name == "topic" && value == "telemetry":
		r.Topic, s.World.Topics = 1, []string{"clickstream", "telemetry"}
	case strings.HasPrefix(name, "attrs."):
		e.Attrs = append(e.Attrs, event.Attr{Name: name[len("attrs."):], Value: value})
	default:
		return fmt.Errorf("unknown field %s=%s", name, value)
	}
	return err
}

// fields splits a line at spaces outside double quotes, which it takes away.
func fields(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	quoted := false
	for _, c := range line + " " {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ' ' && !quoted:
			if word.Len() > 0 {
				out = append(out, word.String())
			}
			word.Reset()
		default:
			word.WriteRune(c)
		}
	}
	if quoted {
		return nil, errors.New("a double quote is not closed")
	}
	return out, nil
}
