package adapter

// Format names how the value of a record is written.
type Format string

// The formats.
const (
	Native Format = "native" // one JSON object, see schemas/event.schema.json
	NCSA   Format = "ncsa"   // a line of a common or combined access log
	CSV    Format = "csv"    // one record of RFC 4180
	TSV    Format = "tsv"    // columns between tabs, no quotes
)

// Lines is true for formats of which a value is one line; the end of the line is
// no part of it.
func (f Format) Lines() bool { return f == NCSA || f == CSV || f == TSV }

// IsAccessLog is true for formats whose values are lines of an access log.
func (f Format) IsAccessLog() bool { return f == NCSA }

// Options say which format is read, and how.
type Options struct {
	Format    Format
	MaxDepth  int       // of JSON; what is nested deeper is kept in no cache
	Map       string    // of CSV and TSV
	Columns   []string  // of CSV and TSV, where no header line names them
	Delimiter string    // of CSV and TSV; empty takes that of the format
	AccessLog AccessLog // of NCSA
}

// AccessLog holds the settings of format ncsa.
type AccessLog struct {
	// User is host, or remote_user to use the name of the logged-in user where there is one. Default host.
	User string `yaml:"user" jsonschema:"enum=host,enum=remote_user"`
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
