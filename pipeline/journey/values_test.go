package journey_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"friction/pipeline/journey"
)

func TestValuesAreOneOrAList(t *testing.T) {
	for text, want := range map[string]journey.Values{"page: /a": {"/a"}, "page: [/a, /b]": {"/a", "/b"}, "page: []": {}} {
		var m journey.Match
		if err := yaml.Unmarshal([]byte(text), &m); err != nil || !slices.Equal(m.Page, want) {
			t.Errorf("%s: %v, %v", text, m.Page, err)
		}
	}
	var m journey.Match
	if err := yaml.Unmarshal([]byte("page: {a: b}"), &m); err == nil || !strings.Contains(err.Error(), "a list of values") {
		t.Errorf("a mapping: %v", err)
	}
}
