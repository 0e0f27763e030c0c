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
}

// Check reports the first setting that cannot be, by its key and value.
func (u *URLs) Check(key string) error {
	if keys := []URLKey{PathKey, HostPathKey, WholeURL}; !slices.Contains(keys, u.Key) {
		return fmt.Errorf("%s.key: %q: want one of %q", key, string(u.Key), keys)
	}
	if slices.Contains(u.KeepQuery, "") {
		return fmt.Errorf("%s.keep_query: an empty name: want names of query parameters", key)
	}
	return nil
}
