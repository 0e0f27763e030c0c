package session

import "time"

// MaxTopics is how many input topics one task may read.
const MaxTopics = 4

// Config is the section `sessions` of the configuration.
type Config struct {
	// Preset names a product whose session rules replace our defaults; docs/signals.md lists them.
	Preset string `yaml:"preset"`
	// Key says whose session it is: user, or client_session, which keeps one that logs in together. Records must then be keyed by the client's session id. Events without one are keyed by their user.
	Key Key `yaml:"key" jsonschema:"enum=user,enum=client_session"`
	// Gap is the longest silence inside a session; a gap of exactly this stays, a longer one splits.
	Gap time.Duration `yaml:"gap"`
	// Max is the longest a session may last; an event later than this after its start opens a new one.
	Max time.Duration `yaml:"max"`
	// Edge says whether exactly gap, and exactly max, are still inside: inclusive or exclusive.
	Edge Edge `yaml:"edge" jsonschema:"enum=,enum=inclusive,enum=exclusive"`
	// Midnight ends sessions at midnight of an offset from UTC such as +00:00 or -05:00; empty or off does not.
	Midnight string `yaml:"midnight"`
	// Campaigns names the attributes that say which campaign a user came from, such as utm_source; an event from another campaign opens a new session.
	Campaigns []string `yaml:"campaigns"`
	// Acts says which events open and prolong sessions and visits: acts, which are all but mutation, visibility, mouse_move and request, or all. Every line of an access log is an act, and so is the request for a page itself (GET of its own page).
	Acts Acts `yaml:"acts" jsonschema:"enum=acts,enum=all"`
	// Grace keeps a session open beyond its gap for batches that come late.
	Grace time.Duration `yaml:"grace"`
	// AcceptLate is how long after it happened an event still counts: one too late for its session becomes part of an overdue session of its own; 0 accepts none.
	AcceptLate time.Duration `yaml:"accept_late"`
	// MaxClosed is how many closed sessions one task remembers, so that no event revives one; overdue events older than those forgotten are late.
	MaxClosed int `yaml:"max_closed"`
	// Disorder is how far records of one topic may be out of order and still be processed in order.
	Disorder time.Duration `yaml:"disorder"`
	// MaxEvents is how many events one session takes; more are counted as capped.
	MaxEvents int `yaml:"max_events"`
	// MaxIDs is how many explicit ids one session remembers; events beyond it are counted as capped.
	MaxIDs int `yaml:"max_ids"`
	// MaxOpen is how many sessions one task keeps open; events that would open one more are counted as capped.
	MaxOpen int `yaml:"max_open"`
	// MaxApps is how many apps one task counts by name; sessions of further ones are counted under the app `other`, which no tenant can read. Apps that the configuration names always have a place; of the others, the one without a session for longest gives way.
	MaxApps int `yaml:"max_apps"`
	// MaxAwake is how many open sessions one task keeps resident; above that, idle ones are evicted to compact bytes, which takes less memory and more time.
	MaxAwake int `yaml:"max_awake"`
	// Explicit lists the keys that were set to their default, such as gap, where there is a preset.
	Explicit []string `yaml:"-" json:",omitempty"`
}

// Key says whose session it is. Empty is [ByUser].
type Key string

// Whose session it is.
const (
	ByUser   Key = "user"
	ByClient Key = "client_session" // whoever has one session id of the client
)

// Edge is whether a bound itself is still inside. Empty is inclusive.
type Edge string

// Whether a bound itself is still inside.
const (
	Inclusive Edge = "inclusive"
	Exclusive Edge = "exclusive"
)

// DefaultConfig returns the defaults of the semantics page.
func DefaultConfig() Config {
	return Config{
		Key: ByUser, Gap: 30 * time.Minute, Max: 24 * time.Hour, Acts: OnlyActs, Grace: time.Minute, Disorder: 10 * time.Second,
		AcceptLate: 72 * time.Hour, MaxClosed: 1_000_000, MaxEvents: 50_000, MaxIDs: 50_000, MaxOpen: 2_000_000, MaxApps: 1000, MaxAwake: 8192,
	}
}

// longestAccept is the highest value of accept_late.
const longestAccept = 30 * 24 * time.Hour

// noMidnight is the setting that removes the midnight of a preset.
const noMidnight = "off"

// longestMax is the highest value of max. Products without a limit on sessions get it.
const longestMax = 14 * 24 * time.Hour
