package rules

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
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
}
