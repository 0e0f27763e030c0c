package decode

import (
	"fmt"
	"slices"
	"time"

	"friction/pipeline/adapter"
	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Format names how the value of a record is written.
type Format = adapter.Format

// The formats.
const (
	Native     = adapter.Native
	NCSA       = adapter.NCSA
	CSV        = adapter.CSV
	TSV        = adapter.TSV
	W3C        = adapter.W3C
	AccessJSON = adapter.AccessJSON
)

// URLs says how a URL, path or screen name becomes the name of a page or operation.
type URLs = fields.URLs

// PageRule names pages that are one to whoever reads the numbers.
type PageRule = fields.PageRule

// The parts of a URL that may name a page or an operation.
const (
	PathKey     = fields.PathKey
	HostPathKey = fields.HostPathKey
	WholeURL    = fields.WholeURL
)

// Zone is the rules of a time zone.
type Zone = fields.Zone

// ZonesOf are the time zones that a map names; their rules go into [Config].Zones.
func ZonesOf(text string) []string { return adapter.ZonesOf(text) }

// AccessLog holds the settings of access logs.
type AccessLog = adapter.AccessLog

// ClientIDs says what the client's own session id is used for.
type ClientIDs string

// The uses.
const (
	IgnoreClientIDs  ClientIDs = "ignore"  // kept with the event, no part of its key
	RespectClientIDs ClientIDs = "respect" // part of the key of the session
)

// Config holds the settings of a [Decoder]. Start from [DefaultConfig].
type Config struct {
	// Format of the values: native, ncsa, w3c, access_json, csv or tsv. Default native.
	Format Format `yaml:"format" jsonschema:"enum=native,enum=ncsa,enum=w3c,enum=access_json,enum=csv,enum=tsv"`

	// MaxBytes is the largest value read; a larger one is rejected as too_large. Default 1 MiB.
	MaxBytes int `yaml:"max_bytes"`
	// MaxDepth is the deepest nesting of JSON, the event itself being 1; a deeper one is rejected as too_deep. Default 64.
	MaxDepth int `yaml:"max_depth"`
	// MaxIDBytes limits user, account, session, id and app. A longer user is rejected as bad_field, any other is left out. Default 512.
	MaxIDBytes int `yaml:"max_id_bytes"`
	// MaxTextBytes limits every other string; a longer one is cut at a character boundary and counted. Default 2048.
	MaxTextBytes int `yaml:"max_text_bytes"`
	// MaxAttrs is the number of attributes an event may have; further ones are dropped and counted. Default 64.
	MaxAttrs int `yaml:"max_attrs"`

	// MaxFuture is how far an event's time may be ahead of the record time; beyond it the record time is used instead. Default 2s.
	MaxFuture time.Duration `yaml:"max_future"`
	// RejectFuture is how far ahead an event is rejected as time_future. Default 24h.
	RejectFuture time.Duration `yaml:"reject_future"`
	// NotBefore is the earliest time accepted, as a date or RFC 3339 time; what is earlier is rejected as time_past. Default 2000-01-01.
	NotBefore string `yaml:"not_before"`

	// Pages says how the page of an event is named.
	Pages URLs `yaml:"pages"`
	// Ops says how the operation of an event is named, where it holds a URL: "POST /order/8841".
	Ops URLs `yaml:"ops"`

	// ClientIDs says whether the client's own session id is part of the session's key: respect or ignore. Default ignore.
	ClientIDs ClientIDs `yaml:"client_ids" jsonschema:"enum=ignore,enum=respect"`
	// Nobody lists ids that programs send for a user they do not know, in any case of letters: such a user is rejected as nobody, such an id, account or session is left out. A list replaces the default; [] switches it off. Default: the zero UUID, undefined, null, nan, none, unknown, anonymous, - and "".
	Nobody []string `yaml:"nobody"`
	// ByClient makes the client's session id the key of the session, without the user, where an event has one. It is set by sessions.key.
	ByClient bool `yaml:"-" json:"-"`
	// Pseudonymise replaces user and account before any id is made of them. Default off.
	Pseudonymise Pseudonyms `yaml:"pseudonymise"`

	// Map says what the fields of an event are made of in CSV and TSV, such as time=ts:s,user=uid,type='page_view',page=url. Required for them.
	Map string `yaml:"map"`
	// Columns names the columns of CSV, TSV or W3C where no line of the file does, as in a topic. Default none.
	Columns []string `yaml:"columns"`
	// Delimiter is the byte between columns. Default "," for CSV and a tab for TSV.
	Delimiter string `yaml:"delimiter"`

	// AccessLog holds the settings of formats ncsa, w3c and access_json.
	AccessLog AccessLog `yaml:"access_log"`

	// Zones holds the rules of the time zones that Map names, filled in by the program.
	Zones map[string]Zone `yaml:"-" json:",omitempty"`
}

// Pseudonyms replaces ids of people by the first 128 bits of an HMAC-SHA256,
// written as the key's id, a colon and 32 hexadecimal digits.
type Pseudonyms struct {
	// KeyID names the secret key, in 1 to 16 letters, digits, "-" or "_"; empty switches pseudonyms off.
	KeyID string `yaml:"key_id"`
	// KeyFile is where the program reads the secret key from.
	KeyFile string `yaml:"key_file" json:"-"`
	// Key is the secret key, at least 16 bytes, filled in by the program and never written.
	Key []byte `yaml:"-" json:"-"`
}

// DefaultConfig returns the settings in force where none are given.
func DefaultConfig() Config {
	return Config{
		Format:       Native,
		MaxBytes:     1 << 20,
		MaxDepth:     64,
		MaxIDBytes:   512,
		MaxTextBytes: 2048,
		MaxAttrs:     64,
		MaxFuture:    2 * time.Second,
		RejectFuture: 24 * time.Hour,
		NotBefore:    "2000-01-01",
		Pages:        URLs{Key: PathKey, Normalise: true},
		Ops:          URLs{Key: PathKey, Normalise: true},
		ClientIDs:    IgnoreClientIDs,
		Nobody:       DefaultNobody(),
		AccessLog:    AccessLog{User: "host", Forwarded: true, PageViews: true, Assets: adapter.DefaultAssets()},
	}
}

// check reports the first setting that cannot be, by its key and value.
func (c *Config) check() error {
	if err := c.checkLimits(); err != nil {
		return err
	}
	if err := c.Pages.Check("pages"); err != nil {
		return err
	}
	if err := c.Ops.Check("ops"); err != nil {
		return err
	}
	if err := oneOf("client_ids", c.ClientIDs, IgnoreClientIDs, RespectClientIDs); err != nil {
		return err
	}
	if err := checkNobody(c.Nobody); err != nil {
		return err
	}
	if err := c.Pseudonymise.check(); err != nil {
		return err
	}
	return oneOf("access_log.user", c.AccessLog.User, "host", "remote_user")
}

func (c *Config) checkLimits() error {
	for _, l := range []struct {
		key              string
		value, low, high int
	}{
		{"max_bytes", c.MaxBytes, 1, 1 << 30},
		{"max_depth", c.MaxDepth, 3, 10_000}, // 3: target.classes
		{"max_id_bytes", c.MaxIDBytes, 16, 1 << 16},
		{"max_text_bytes", c.MaxTextBytes, 16, 1 << 20},
		{"max_attrs", c.MaxAttrs, 0, 10_000},
	} {
		if l.value < l.low || l.value > l.high {
			return fmt.Errorf("%s: %d: want %d to %d", l.key, l.value, l.low, l.high)
		}
	}
	if c.MaxFuture < 0 {
		return fmt.Errorf("max_future: %s: want 0s or more", c.MaxFuture)
	}
	if c.RejectFuture < c.MaxFuture {
		return fmt.Errorf("reject_future: %s: want at least max_future (%s)", c.RejectFuture, c.MaxFuture)
	}
	return nil
}

func oneOf[T ~string](key string, got T, want ...T) error {
	if slices.Contains(want, got) {
		return nil
	}
	return fmt.Errorf("%s: %q: want one of %q", key, string(got), want)
}

// notBefore reads a date or an RFC 3339 time. Everything derived from accepted
// times must fit a DateTime64(3) of ClickHouse, which begins in 1900.
func notBefore(s string) (event.Millis, error) {
	var dates fields.Dates
	text := s
	if len(text) == len("2006-01-02") {
		text += "T00:00:00Z"
	}
	t, ok := dates.RFC3339([]byte(text))
	if !ok {
		return 0, fmt.Errorf("not_before: %q: want a date like 2000-01-01 or a time like 2000-01-01T00:00:00Z", s)
	}
	if t < fields.Earliest || t > fields.Latest {
		return 0, fmt.Errorf("not_before: %q: want a time from 1901 to 2199", s)
	}
	return t, nil
}
