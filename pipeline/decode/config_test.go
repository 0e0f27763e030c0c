package decode

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestConfigErrors(t *testing.T) {
	f := func(want string, change func(c *Config)) {
		t.Helper()
		cfg := DefaultConfig()
		change(&cfg)
		_, err := New(cfg)
		if err == nil {
			t.Errorf("no error, want %s", want)
		} else if got := err.Error(); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
	const pages = `want one of ["path" "host_path" "url"]`
	f(`format: "xml": want one of ["native" "ncsa" "w3c" "access_json" "csv" "tsv"]`, func(c *Config) { c.Format = "xml" })
	f(`format: "": want one of ["native" "ncsa" "w3c" "access_json" "csv" "tsv"]`, func(c *Config) { c.Format = "" })
	f(`max_bytes: 0: want 1 to 1073741824`, func(c *Config) { c.MaxBytes = 0 })
	f(`max_depth: 2: want 3 to 10000`, func(c *Config) { c.MaxDepth = 2 })
	f(`max_id_bytes: 15: want 16 to 65536`, func(c *Config) { c.MaxIDBytes = 15 })
	f(`max_text_bytes: 2000000: want 16 to 1048576`, func(c *Config) { c.MaxTextBytes = 2_000_000 })
	f(`max_attrs: -1: want 0 to 10000`, func(c *Config) { c.MaxAttrs = -1 })
	f(`max_future: -1s: want 0s or more`, func(c *Config) { c.MaxFuture = -time.Second })
	f(`reject_future: 1s: want at least max_future (2s)`, func(c *Config) { c.RejectFuture = time.Second })
	f(`not_before: "soon": want a date like 2000-01-01 or a time like 2000-01-01T00:00:00Z`, func(c *Config) { c.NotBefore = "soon" })
	f(`not_before: "2001-02-29": want a date like 2000-01-01 or a time like 2000-01-01T00:00:00Z`, func(c *Config) { c.NotBefore = "2001-02-29" })
	f(`not_before: "1900-12-31": want a time from 1901 to 2199`, func(c *Config) { c.NotBefore = "1900-12-31" })
	f(`pages.key: "host": `+pages, func(c *Config) { c.Pages.Key = "host" })
	f(`ops.key: "": `+pages, func(c *Config) { c.Ops = URLs{} })
	f(`pages.keep_query: an empty name: want names of query parameters`, func(c *Config) { c.Pages.KeepQuery = []string{"a", ""} })
	f(`client_ids: "": want one of ["ignore" "respect"]`, func(c *Config) { c.ClientIDs = "" })
	f(`access_log.user: "ip": want one of ["host" "remote_user"]`, func(c *Config) { c.AccessLog.User = "ip" })
	f(`pseudonymise.key_id: "": want a name for the key, such as k1`, func(c *Config) { c.Pseudonymise.KeyFile = "/run/key" })
	f(`pseudonymise.key_id: "a b": want letters, digits, "-" and "_"`, func(c *Config) { c.Pseudonymise.KeyID = "a b" })
	f(`pseudonymise.key_id: "abcdefghijklmnopq": want at most 16 characters`, func(c *Config) { c.Pseudonymise.KeyID = "abcdefghijklmnopq" })
	f(`pseudonymise.key_file: the key "k1" has 3 bytes: want 16 or more`, func(c *Config) { c.Pseudonymise = Pseudonyms{KeyID: "k1", Key: []byte("abc")} })
	f(`delimiter: ",,": want one ASCII character, no quote and no end of line`, func(c *Config) { c.Format, c.Delimiter = CSV, ",," })
	f(`delimiter: "\"": want one ASCII character, no quote and no end of line`, func(c *Config) { c.Format, c.Delimiter = CSV, `"` })
	f(`delimiter: "é": want one ASCII character, no quote and no end of line`, func(c *Config) { c.Format, c.Delimiter = TSV, "é" })
	f(`map: it is empty: want field=column, …`, func(c *Config) { c.Format = CSV })
	f(`columns: map: at character 16: no column "who": the header has ["when" "what"]`, func(c *Config) {
		c.Format, c.Map, c.Columns = TSV, "time=when,user=who,type=what", []string{"when", "what"}
	})
}

func TestNoSecretInErrors(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Pseudonymise = Pseudonyms{KeyID: "k1", Key: []byte("hunter2")}
	if _, err := New(cfg); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error is %v", err)
	}
	cfg.Pseudonymise.Key = []byte("hunter2hunter2hunter2")
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", d.Counts()); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}

func TestDefaultsAreFine(t *testing.T) {
	if _, err := New(DefaultConfig()); err != nil {
		t.Error(err)
	}
}
