package adapter

import "friction/pipeline/fields"

// Format names how the value of a record is written.
type Format string

// The formats.
const (
	Native Format = "native" // one JSON object, see schemas/event.schema.json
	NCSA   Format = "ncsa"   // a line of a common or combined access log
	CSV    Format = "csv"    // one record of RFC 4180
	TSV    Format = "tsv"    // columns between tabs, no quotes
	W3C    Format = "w3c"    // a row of a W3C extended log, as IIS and CloudFront write
	// AccessJSON is a JSON object of an access log: nginx, Envoy, Caddy, Traefik and others.
	AccessJSON Format = "access_json"
)

// Formats are all of them.
func Formats() []Format { return []Format{Native, NCSA, W3C, AccessJSON, CSV, TSV} }

// Lines is true for formats of which a value is one line; the end of the line is
// no part of it.
func (f Format) Lines() bool { return f != Native }

// IsAccessLog is true for formats whose values are lines of an access log.
func (f Format) IsAccessLog() bool { return f == NCSA || f == W3C || f == AccessJSON }

// Options say which format is read, and how.
type Options struct {
	Format    Format
	MaxDepth  int       // of JSON; what is nested deeper is kept in no cache
	Map       string    // of CSV and TSV
	Columns   []string  // of CSV, TSV and W3C, where no line of the file names them
	Delimiter string    // of CSV and TSV; empty takes that of the format
	AccessLog AccessLog // of NCSA, W3C and AccessJSON

	Zones map[string]fields.Zone // the rules of the time zones that Map names
}

// AccessLog holds the settings of access logs: formats ncsa, w3c and access_json.
type AccessLog struct {
	// User is host, or remote_user to use the name of the logged-in user where there is one. Default host.
	User string `yaml:"user" jsonschema:"enum=host,enum=remote_user"`
	// Forwarded takes the first address that proxies passed on for the client's where an entry has one (X-Forwarded-For). Switch it off where clients connect directly and could write that header themselves. Default true.
	Forwarded bool `yaml:"forwarded"`
	// PageViews makes a GET of something that is no asset a page_view; otherwise all are requests. Default true.
	PageViews bool `yaml:"page_views"`
	// Assets lists the extensions of paths that are no pages. Default: the usual styles, scripts, images, fonts, media, archives and feeds.
	Assets []string `yaml:"assets"`
}

// DefaultAssets are the extensions of paths that are usually no pages.
func DefaultAssets() []string {
	return []string{
		"css", "js", "mjs", "map", "json", "xml", "txt", "rss", "atom", "wasm", "webmanifest",
		"png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif", "bmp", "xbm",
		"woff", "woff2", "ttf", "otf", "eot",
		"mp3", "mp4", "webm", "ogg", "wav", "mpg", "mpeg", "avi", "mov",
		"pdf", "zip", "gz", "tgz", "bz2", "tar", "rar", "exe", "dmg", "deb", "rpm", "apk",
	}
}
