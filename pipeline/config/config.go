package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"friction/pipeline/alert"
	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/journey"
	"friction/pipeline/reach"
	"friction/pipeline/score"
	"friction/pipeline/session"
	"friction/pipeline/sink"
	"friction/pipeline/source"
	"friction/pipeline/status"
	"friction/pipeline/tuning"
	"friction/pipeline/worker"
	"friction/pipeline/zones"
)

// Config is every setting of the program. Start from [Default] or [Load].
type Config struct {
	// Kafka is where records are read from, and where the worker keeps its log.
	Kafka source.Config `yaml:"kafka"`
	// Input says how the bytes of a record become an event.
	Input decode.Config `yaml:"input"`
	// Filter drops events that match any of these rules before they reach a session: bots, internal and synthetic traffic.
	Filter []journey.Match `yaml:"filter"`
	// Sessions says which events of a user belong together.
	Sessions session.Config `yaml:"sessions"`
	// Journeys are the ordered steps that customers try to get through.
	Journeys journey.Config `yaml:"journeys"`
	// Signals are the thresholds of signals; `rage_click: off` switches one off.
	Signals tuning.Config `yaml:"signals"`
	// Score says how signals become pain, and how visits are added up in panes and windows.
	Score score.Config `yaml:"score"`
	// ClickHouse is where the rows go.
	ClickHouse sink.Config `yaml:"clickhouse"`
	// Worker says how often the worker logs and inserts, how much may wait, and when time advances without records.
	Worker worker.Config `yaml:"worker"`
	// Alert says what raises an alert, and who is notified.
	Alert alert.Config `yaml:"alert"`
	// Limits keep memory bounded, per task, which is one partition of every input topic.
	Limits Limits `yaml:"limits"`
	// HTTP says where /livez, /readyz and /metrics are served.
	HTTP status.Config `yaml:"http"`
	// Log says what is written to stderr.
	Log Log `yaml:"log"`
}

// Default is the configuration when nothing is set.
func Default() Config {
	e, k := engine.DefaultConfig(), source.DefaultConfig()
	k.Topics = []string{"clickstream", "telemetry"}
	return Config{
		Kafka: k, Input: decode.DefaultConfig(), Sessions: e.Sessions, Journeys: e.Journeys, Signals: e.Signals, Score: e.Score,
		ClickHouse: sink.DefaultConfig(), Worker: worker.DefaultConfig(), Alert: alert.DefaultConfig(), Limits: Limits{OutboxBytes: e.OutboxBytes},
		HTTP: status.DefaultConfig(), Log: Log{Level: "info"},
	}
}

// Load puts the layers over the defaults and validates the result. The error is an [*Error].
func Load(l Layers) (Config, error) {
	c, _, err := LoadWarned(l)
	return c, err
}

// LoadWarned is [Load] that also returns warnings: what is valid, and does not do what it seems to say.
func LoadWarned(l Layers) (Config, []Problem, error) {
	c := Default()
	at, err := load(l, reflect.ValueOf(&c).Elem())
	if err != nil {
		return Config{}, nil, err
	}
	var overrides []journey.Match
	for _, o := range c.Signals.Overrides {
		overrides = append(overrides, journey.Match{App: o.App, Page: o.Page, Target: o.Target, Op: o.Op, Error: o.Error, Attrs: o.Attrs})
	}
	var warnings []Problem
	for _, w := range slices.Concat(
		reach.WarningsOf("filter", c.Filter, &c.Input), reach.Warnings(c.Journeys, &c.Input), reach.WarningsOf("signals.overrides", overrides, &c.Input),
	) {
		warnings = append(warnings, Problem{Place: at.of(w.Key), Key: w.Key, Text: w.Text})
	}
	return c, warnings, nil
}

// complete reads what settings name: the rules of time zones, and the files with secrets.
func (c *Config) complete(at places) []Problem {
	zones, err := zones.Of(decode.ZonesOf(c.Input.Map))
	if err != nil {
		const key = "input.map"
		return []Problem{{Place: at.of(key), Key: key, Text: fmt.Sprintf("%v; want a name such as Europe/Berlin", err)}}
	}
	c.Input.Zones = zones
	p := &c.Input.Pseudonymise
	if p.KeyFile == "" {
		return nil
	}
	const key = "input.pseudonymise.key_file"
	text, err := readLimited(p.KeyFile)
	if err != nil {
		return []Problem{{Place: at.of(key), Key: key, Text: fmt.Sprintf("%s %v", p.KeyFile, err)}}
	}
	p.Key = bytes.TrimRight(text, "\r\n")
	c.Kafka.DeadLetters.Secret = source.Secret{ID: p.KeyID, Key: p.Key}
	return nil
}

// Engine is the part that decides what rows are made.
func (c Config) Engine() engine.Config {
	return engine.Config{
		Sessions: c.Sessions, Journeys: c.Journeys, Signals: c.Signals, Score: c.Score, Filter: c.Filter, OutboxBytes: c.Limits.OutboxBytes,
	}
}

// Effective is the configuration in force as YAML that [Load] reads, every key with its value, secrets masked. What a
// preset of signals or sessions says is in it.
func (c Config) Effective() string {
	if inForce, err := c.Signals.InForce(); err == nil {
		c.Signals = inForce
	}
	if inForce, err := c.Sessions.InForce(); err == nil {
		c.Sessions = inForce
	}
	return string(render(reflect.ValueOf(c)))
}

// noteSet tells sections which of their keys were set, where that matters beside the value.
func (c *Config) noteSet(at places) {
	var signals, sessions []string
	for key := range at {
		if below, ok := strings.CutPrefix(key, "signals."); ok {
			signals = append(signals, below)
		}
		if below, ok := strings.CutPrefix(key, "sessions."); ok {
			sessions = append(sessions, below)
		}
	}
	c.Signals.Set(signals)
	c.Sessions.Set(sessions)
}

// Validate reports what no section can see alone. Sections validate themselves first.
func (c Config) Validate() error {
	if _, err := decode.New(c.Input); err != nil {
		return fmt.Errorf("input.%w", err)
	}
	var errs []error
	if err := c.Engine().Validate(); err != nil {
		errs = append(errs, err)
	}
	if c.Input.MaxFuture >= c.Sessions.Disorder && c.Sessions.Disorder > 0 {
		errs = append(errs, fmt.Errorf("input.max_future: %v is not below sessions.disorder %v; a clock that far ahead would make others late", c.Input.MaxFuture, c.Sessions.Disorder))
	}
	if c.Kafka.DeadLetters.Content == source.EncryptContent && c.Input.Pseudonymise.KeyID == "" {
		errs = append(errs, errors.New("input.pseudonymise.key_id: missing, and kafka.dead_letters.content: encrypt needs its key; name a key, or say keep or drop there"))
	}
	if c.Alert.EvaluateEvery > 0 && c.Score.Slide%c.Alert.EvaluateEvery != 0 {
		errs = append(errs, fmt.Errorf("alert.evaluate_every: %v does not divide score.slide %v", c.Alert.EvaluateEvery, c.Score.Slide))
	}
	if c.Alert.LostAfter <= c.Journeys.StallAfter {
		errs = append(errs, fmt.Errorf("alert.lost_after: %v is not longer than journeys.stall_after %v, so that nothing would have stalled yet", c.Alert.LostAfter, c.Journeys.StallAfter))
	}
	return errors.Join(errs...)
}
