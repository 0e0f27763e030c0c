package fields

import (
	"fmt"
	"slices"
)

// URLKey says which part of a URL names a page or an operation.
type URLKey string

// The parts.
const (
	PathKey     URLKey = "path"      // /order/:id
	HostPathKey URLKey = "host_path" // shop.example/order/:id
	WholeURL    URLKey = "url"       // as it is, with its query
)

// URLs says how a URL, path or screen name becomes the name of a page or operation.
type URLs struct {
	// Key is path, host_path, or url for the text as it is. Default path.
	Key URLKey `yaml:"key" jsonschema:"enum=path,enum=host_path,enum=url"`
	// Normalise replaces ids, hashes, e-mail addresses and tokens in paths by placeholders. Default true.
	Normalise bool `yaml:"normalise"`
	// KeepQuery lists the query parameters that stay part of the name. Default none.
	KeepQuery []string `yaml:"keep_query"`
	// Rules name pages before placeholders are made, the first that matches wins: {match: "/media/genre/*", name: "/media/genre/:genre"}. Default none.
	Rules []PageRule `yaml:"rules"`
}

// Check reports the first setting that cannot be, by its key and value.
func (u *URLs) Check(key string) error {
	if keys := []URLKey{PathKey, HostPathKey, WholeURL}; !slices.Contains(keys, u.Key) {
		return fmt.Errorf("%s.key: %q: want one of %q", key, string(u.Key), keys)
	}
	if slices.Contains(u.KeepQuery, "") {
		return fmt.Errorf("%s.keep_query: an empty name: want names of query parameters", key)
	}
	return u.checkRules(key)
}

// checkRules reports the first rule that cannot be. A name must be its own name, so that
// events that are written out and read again keep it.
func (u *URLs) checkRules(key string) error {
	names := NewNamer(*u)
	for i, r := range u.Rules {
		switch again := string(names.AppendPage(nil, []byte(r.Name))); {
		case r.Match == "":
			return fmt.Errorf("%s.rules[%d].match: missing: want a glob over pages such as /media/genre/*", key, i)
		case r.Name == "":
			return fmt.Errorf("%s.rules[%d].name: missing: want the name of the pages that match %q", key, i, r.Match)
		case again != r.Name:
			return fmt.Errorf("%s.rules[%d].name: %q would be named %q when it is read again: want a placeholder such as :name, or another rule that names %q so",
				key, i, r.Name, again, r.Name)
		}
	}
	return nil
}
