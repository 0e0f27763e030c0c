package engine

import (
	"fmt"

	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/session"
	"friction/pipeline/tuning"
)

// Config is everything that decides what rows are made. A change of it takes
// effect between two epochs.
type Config struct {
	Sessions session.Config
	Journeys journey.Config
	Signals  tuning.Config
	Score    score.Config
	// Filter drops events that match any of these rules before the session: bots, internal and synthetic traffic.
	Filter []journey.Match
	// OutboxBytes is how much one epoch may make for ClickHouse; what exceeds it comes with the next.
	OutboxBytes int
}

// DefaultConfig returns the defaults of all parts.
func DefaultConfig() Config {
	return Config{
		Sessions: session.DefaultConfig(), Journeys: journey.DefaultConfig(), Signals: tuning.DefaultConfig(),
		Score: score.DefaultConfig(), OutboxBytes: 8 << 20,
	}
}

// KeyedByClient reports sessions that are keyed by the client's session id.
func (c Config) KeyedByClient() bool { return c.Sessions.Key == session.ByClient }

// Validate returns an error that begins with the key of a value that cannot be used.
func (c Config) Validate() error {
	for _, part := range []interface{ Validate() error }{c.Sessions, c.Journeys, c.Signals, c.Score} {
		if err := part.Validate(); err != nil {
			return err
		}
	}
	if _, err := journey.CompileAny(c.Filter); err != nil {
		return fmt.Errorf("filter%w", err)
	}
	if c.OutboxBytes < 1<<10 {
		return fmt.Errorf("limits.outbox_bytes: %d is not at least 1024", c.OutboxBytes)
	}
	return nil
}
