package rules

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/journey"
)

// What a log keeps gives the same rules back, by content or, when nothing has changed, as the very same value.
func TestRulesComeBackFromTheLog(t *testing.T) {
	e := engine.DefaultConfig()
	e.Sessions.Gap = 20 * time.Minute
	logged, err := New(e, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	same, err := New(e, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := FromLog(logged.Encoded(), same); err != nil || got != same {
		t.Errorf("unchanged rules: %p, %v, want the current ones, %p", got, err, same)
	}
	other, err := New(engine.DefaultConfig(), decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	got, err := FromLog(logged.Encoded(), other)
	if err != nil {
		t.Fatal(err)
	}
	if got.Revision != logged.Revision || got.Revision == other.Revision || got.Engine.Sessions.Gap != e.Sessions.Gap {
		t.Errorf("revision %s with a gap of %v, logged were %s and %v", got.Revision, got.Engine.Sessions.Gap, logged.Revision, e.Sessions.Gap)
	}
	if string(got.Encoded()) != string(logged.Encoded()) {
		t.Error("what is read back is written otherwise")
	}
	if _, err := FromLog([]byte("{"), other); err == nil {
		t.Error("damaged rules are accepted")
	}
}

// The key of pseudonyms is never in the log: it is the current one, if that has the same id.
func TestTheKeyOfPseudonymsIsNotLogged(t *testing.T) {
	with := func(id, key string, gap time.Duration) *Rules {
		t.Helper()
		e, d := engine.DefaultConfig(), decode.DefaultConfig()
		e.Sessions.Gap = gap
		d.Pseudonymise.KeyID, d.Pseudonymise.Key = id, []byte(key)
		r, err := New(e, d)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const key = "a-key-of-thirty-two-bytes-or-more"
	logged := with("2026", key, time.Hour)
	if strings.Contains(string(logged.Encoded()), key) {
		t.Fatal("the log would hold the key")
	}
	if got, err := FromLog(logged.Encoded(), with("2026", key, time.Minute)); err != nil || string(got.Decode.Pseudonymise.Key) != key {
		t.Errorf("read back with the key %q, %v", got.Decode.Pseudonymise.Key, err)
	}
	if _, err := FromLog(logged.Encoded(), with("2027", key, time.Hour)); err == nil || !strings.Contains(err.Error(), `pseudonyms of key "2026", the configuration has "2027"`) {
		t.Errorf("with another key: %v", err)
	}
	other := with("2026", "another-key-of-the-same-name-and-length", time.Hour)
	if _, err := FromLog(logged.Encoded(), other); err == nil || !strings.Contains(err.Error(), `another key that was called "2026", too`) {
		t.Errorf("with another key of that name: %v", err)
	}
	if err := other.CanFollow(logged); err == nil || len(logged.Differences(other)) != 1 {
		t.Errorf("another key of that name may follow: %v, differences %q", err, logged.Differences(other))
	}
}

// A key that a later version adds leaves the revision as it is, at the top and inside a list; any other value does not.
func TestNewKeysKeepTheRevision(t *testing.T) {
	e := engine.DefaultConfig()
	e.Sessions.Gap = 20 * time.Minute
	e.Journeys.List = []journey.Journey{{Name: "checkout", Steps: []journey.Step{{Name: "cart"}}}}
	own, err := New(e, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a key at its default":      {`"Grace":60000000000,`, ``},
		"an empty key of a journey": {`"Name":"checkout",`, `"Name":"checkout","Later":"",`},
	} {
		older := strings.Replace(string(own.Encoded()), change[0], change[1], 1)
		if older == string(own.Encoded()) {
			t.Fatalf("%s: nothing to replace", name)
		}
		if got, err := Read([]byte(older)); err != nil || got.Revision != own.Revision || !got.Same(own) {
			t.Errorf("%s: revision %v, %v, want %s", name, got, err, own.Revision)
		}
		defaults, err := New(engine.DefaultConfig(), decode.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		olderDefaults := strings.Replace(string(defaults.Encoded()), change[0], change[1], 1)
		if got, err := revision([]byte(older), []byte(olderDefaults)); err != nil || got != own.Revision {
			t.Errorf("%s: named %s, %v, want %s", name, got, err, own.Revision)
		}
		if got, err := FromLog([]byte(older), own); err != nil || got != own {
			t.Errorf("%s: a log of the older version changes the rules: %v", name, err)
		}
	}
	e.Sessions.Gap = 5 * time.Minute
	e.Journeys.List = []journey.Journey{{Name: "checkout", Steps: []journey.Step{{Name: "basket"}}}}
	other, err := New(e, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if other.Revision == own.Revision || other.Same(own) {
		t.Error("other rules have the same name")
	}
	got := own.Differences(other)
	if len(got) != 2 || got[0] != "sessions.gap: 20m0s → 5m0s" || !strings.HasPrefix(got[1], `journeys.list: [{"`) {
		t.Errorf("differences: %q", got)
	}
}

// Where the key of pseudonyms lies is no rule: members may have it in different files.
func TestThePathOfTheKeyIsNoRule(t *testing.T) {
	d := decode.DefaultConfig()
	d.Pseudonymise = decode.Pseudonyms{KeyID: "k", KeyFile: "/etc/one", Key: []byte("0123456789abcdef")}
	one, err := New(engine.DefaultConfig(), d)
	if err != nil {
		t.Fatal(err)
	}
	d.Pseudonymise.KeyFile = "/run/two"
	if two, err := New(engine.DefaultConfig(), d); err != nil || !two.Same(one) || two.Revision != one.Revision {
		t.Errorf("another file is another configuration: %v", err)
	}
}
