package signals

import (
	"fmt"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// SwitchConfig switches a signal that has no thresholds.
type SwitchConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
}

// WithinConfig bounds a time.
type WithinConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is the longest time between the two things that make the signal.
	Within time.Duration `yaml:"within"`
}

// BurstConfig says how many, and how close together.
type BurstConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many make a run.
	Count int `yaml:"count"`
	// Within is how close together they are, and the silence that ends a run.
	Within time.Duration `yaml:"within"`
}

// TurnsConfig bounds movement to and fro.
type TurnsConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many turns make a run.
	Count int `yaml:"count"`
	// Within is the longest time from the first to the last of so many turns, and the silence that ends a run.
	Within time.Duration `yaml:"within"`
	// Distance is how far, in CSS px, a movement must go to count as a turn.
	Distance float64 `yaml:"distance"`
}

// DeadClickConfig bounds the wait for a reaction.
type DeadClickConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how long a reaction may take.
	Within time.Duration `yaml:"within"`
	// Repeat is how soon after a click another on the same target is part of it, as of a double click.
	Repeat time.Duration `yaml:"repeat"`
	// Forgive is how near, before or after, a change of focus or visibility excuses the click.
	Forgive time.Duration `yaml:"forgive"`
}

// RetryConfig bounds the time between tries.
type RetryConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon after a failed try the next one comes.
	Within time.Duration `yaml:"within"`
	// Slow is how long a try may take before it counts as failed, whatever its answer.
	Slow time.Duration `yaml:"slow"`
}

// PageLoopConfig bounds a loop.
type PageLoopConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Entries is how many entries of one page make a run.
	Entries int `yaml:"entries"`
	// Within is the longest time from the first to the last of so many entries, and the silence that ends a run.
	Within time.Duration `yaml:"within"`
}

// FormConfig bounds a form that is left.
type FormConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Fields is how many fields must have been filled in.
	Fields int `yaml:"fields"`
}

// PauseConfig bounds a pause.
type PauseConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// AtLeast is the shortest pause.
	AtLeast time.Duration `yaml:"at_least"`
	// AtMost is the longest; who pauses longer has gone away.
	AtMost time.Duration `yaml:"at_most"`
}

// SearchConfig bounds searches.
type SearchConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many searches make a run.
	Count int `yaml:"count"`
	// Within is how soon one search follows the other.
	Within time.Duration `yaml:"within"`
	// Match lists rules of which one must hold for a search. Empty is custom events search, searched and view_search_results, pages below /search, and submits of a search.
	Match []journey.Match `yaml:"match"`
}

// SlowConfig bounds patience.
type SlowConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// After is how long a request takes that people do not bear.
	After time.Duration `yaml:"after"`
	// Again is how long after a request was sent an act is no part of sending it.
	Again time.Duration `yaml:"again"`
}

// ChainConfig bounds a chain of failures.
type ChainConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many failures make a run.
	Count int `yaml:"count"`
	// Within is how soon one failure follows the other.
	Within time.Duration `yaml:"within"`
	// Operations is how many different operations must have failed; one that fails again and again is a retry.
	Operations int `yaml:"operations"`
}

// RestartConfig bounds a restart.
type RestartConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon after a crash the app is started again.
	Within time.Duration `yaml:"within"`
	// Names are the names of lifecycle events that start an app; another client session id does, too.
	Names []string `yaml:"names"`
}

// HangConfig bounds hangs.
type HangConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// AtLeast is how long one hang must last to be a signal alone.
	AtLeast time.Duration `yaml:"at_least"`
	// Count is how many shorter ones make a run.
	Count int `yaml:"count"`
	// Within is the longest time from the first to the last of so many, and the silence that ends a run.
	Within time.Duration `yaml:"within"`
}

// HelpConfig says what asking for help is.
type HelpConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon one such event follows the other in a run.
	Within time.Duration `yaml:"within"`
	// Match lists rules of which one must hold. Empty is support events, and pages below /help, /support, /faq and /contact.
	Match []journey.Match `yaml:"match"`
}

// SurveyConfig says which answers are unhappy.
type SurveyConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Scales are the attributes that answers are in; any of them decides. Empty is nps up to 6, csat, rating, score and stars up to 2, ces up to 3, and words such as no and bad in answer and sentiment.
	Scales []ScaleConfig `yaml:"scales"`
}

// ScaleConfig is one attribute that an answer may be in.
type ScaleConfig struct {
	// Attr is the name of the attribute.
	Attr string `yaml:"attr"`
	// AtMost is the highest number that is unhappy; below 0 numbers say nothing.
	AtMost float64 `yaml:"at_most"`
	// Words are the answers that are unhappy.
	Words []string `yaml:"words"`
}

func (c WithinConfig) millis() event.Millis { return session.Millis(c.Within) }

func (c WithinConfig) version(name string, number int) string {
	return fmt.Sprintf("%s/%d within=%v", name, number, c.Within)
}

func (c BurstConfig) version(name string, number int) string {
	return fmt.Sprintf("%s/%d count=%d within=%v", name, number, c.Count, c.Within)
}

func (c BurstConfig) bursts() *burstRule {
	return &burstRule{count: c.Count, within: session.Millis(c.Within)}
}
