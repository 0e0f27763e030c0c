package front

import (
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// call is what one HTTP request asks for, besides its body.
type call struct {
	query         string // of the URL; the body follows it
	queryID       string
	database      string
	defaultFormat string
	settings      []Parameter
	params        []Parameter
	revision      uint64 // of the client's Native format; 0 when it did not say
	compress      string // method of ClickHouse's own framing for the answer, or ""
	decompress    bool   // the body is in that framing
	gzip          bool   // the answer may be gzip
	whole         bool   // answer only when all is known (wait_end_of_query)
	readonly      bool
}

// parseCall reads the URL and the headers. What is no parameter of the interface is a setting, as with a server.
func parseCall(r *http.Request) (call, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return call{}, newEngineError(codeSyntax, "SYNTAX_ERROR", "The URL's parameters cannot be read: %s", err)
	}
	c := call{
		database:      r.Header.Get("X-ClickHouse-Database"),
		defaultFormat: r.Header.Get("X-ClickHouse-Format"),
		gzip:          strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"),
		readonly:      r.Method != http.MethodPost && r.Method != http.MethodPut,
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := c.set(name, values.Get(name)); err != nil {
			return call{}, err
		}
	}
	if c.compress != "" {
		c.compress = strings.ToUpper(values.Get("network_compression_method"))
	}
	if c.defaultFormat == "" {
		c.defaultFormat = "TabSeparated"
	}
	return c, nil
}

// set keeps what one URL parameter says. Parameters that have no meaning here are ignored; unknown ones are settings
// or query parameters.
func (c *call) set(name, value string) error {
	switch name {
	case "query":
		c.query = value
	case "query_id":
		c.queryID = value
	case "database":
		c.database = value
	case "default_format":
		c.defaultFormat = value
	case "client_protocol_version":
		revision, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return newEngineError(codeSyntax, "SYNTAX_ERROR", "client_protocol_version is no number: %s", value)
		}
		c.revision = min(revision, maxRevision)
	case "compress":
		if isTrue(value) {
			c.compress = "LZ4"
		}
	case "decompress":
		c.decompress = isTrue(value)
	case "wait_end_of_query":
		c.whole = isTrue(value)
	case "enable_http_compression":
		c.gzip = c.gzip && isTrue(value)
	case "user", "password", "quota_key", "role", "stacktrace", "buffer_size",
		"session_id", "session_timeout", "session_check", "close_session":
		// Nothing here has users, quotas or sessions.
	default:
		return c.setOther(name, value)
	}
	return nil
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

func (c *call) setOther(name, value string) error {
	if param, ok := strings.CutPrefix(name, "param_"); ok {
		c.params = append(c.params, Parameter{Name: param, Value: value})
		return nil
	}
	if !settingName.MatchString(name) {
		return newEngineError(codeUnknownSetting, "UNKNOWN_SETTING", "Unknown setting %q", name)
	}
	c.settings = append(c.settings, Parameter{Name: name, Value: value})
	return nil
}

func isTrue(value string) bool {
	return value == "1" || strings.EqualFold(value, "true")
}

// prepare are the statements that bring a new session into the state the call asks for.
func (c *call) prepare() []string {
	var statements []string
	if c.database != "" && c.database != "default" {
		statements = append(statements, "USE "+quoteName(c.database))
	}
	if len(c.settings) > 0 {
		assignments := make([]string, len(c.settings))
		for i, s := range c.settings {
			assignments[i] = s.Name + " = " + quoteString(s.Value)
		}
		statements = append(statements, "SET "+strings.Join(assignments, ", "))
	}
	if c.readonly {
		statements = append(statements, "SET readonly = 2")
	}
	return statements
}

func quoteName(name string) string {
	return "`" + escape(name, "`") + "`"
}

func quoteString(value string) string {
	return "'" + escape(value, "'") + "'"
}

func escape(s, quote string) string {
	return strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(s)
}
