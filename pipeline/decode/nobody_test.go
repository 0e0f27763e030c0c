package decode

import (
	"strings"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

func reasonOf(t *testing.T, d *Decoder, value string) (event.Event, event.Reason) {
	t.Helper()
	var e event.Event
	return e, d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(value)}, &e).Reason
}

func TestIDsOfEverybody(t *testing.T) {
	d := decoder(t, nil)
	user := func(id string) string {
		return `{"time":1772359200123,"type":"click","user":"` + strings.ReplaceAll(id, `"`, `\"`) + `"}`
	}
	for _, id := range append(DefaultNobody(), "UNDEFINED", "Null", "NaN", "None", "Anonymous") {
		if _, r := reasonOf(t, d, user(id)); r != event.Nobody {
			t.Errorf("user %q is %v, want nobody", id, r)
		}
	}
	for _, id := range []string{"00000000-0000-0000-0000-000000000001", "undefined2", "nullx", "nun", "anonymous-17", " null", "0", "unknowm", "NaNa", "_", "\u212aone"} {
		if _, r := reasonOf(t, d, user(id)); r != event.Accepted {
			t.Errorf("user %q is %v, want accepted", id, r)
		}
	}
	if _, r := reasonOf(t, d, user("")); r != event.MissingUser {
		t.Errorf("no user is %v", r)
	}
	if _, r := reasonOf(t, d, `{"time":"?","type":"click","user":"null"}`); r != event.BadTime {
		t.Errorf("a bad time and nobody is %v", r)
	}
	if user, ok := d.UserOf([]byte(user("null"))); !ok || user != "null" {
		t.Errorf("the user as written is %q, %v", user, ok)
	}
}

// Pseudonyms are made of ids that are somebody's.
func TestNobodyHasNoPseudonym(t *testing.T) {
	d := decoder(t, func(c *Config) { c.Pseudonymise = Pseudonyms{KeyID: "k1", Key: []byte("sixteen bytes and more")} })
	if _, r := reasonOf(t, d, `{"time":1772359200123,"type":"click","user":"undefined"}`); r != event.Nobody {
		t.Errorf("%v, want nobody", r)
	}
}

// The host of an access log is somebody even where the name of the user is not known.
func TestNobodyComesAfterFallbacks(t *testing.T) {
	d := decoder(t, func(c *Config) { c.Format, c.AccessLog.User = NCSA, "remote_user" })
	var e event.Event
	line := `192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1`
	if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e); r.Reason != event.Accepted || e.User != "192.0.2.1" {
		t.Errorf("%v, user %q", r, e.User)
	}
}

func TestListOfNobody(t *testing.T) {
	off := decoder(t, func(c *Config) { c.Nobody = []string{} })
	for _, id := range DefaultNobody() {
		if off.nobody.has(id) {
			t.Errorf("%q is nobody although the list is empty", id)
		}
	}
	own := decoder(t, func(c *Config) { c.Nobody = []string{"0", "Guest", strings.Repeat("x", 80)} })
	for id, want := range map[string]bool{"0": true, "gUEST": true, "guests": false, "null": false, strings.Repeat("X", 80): true, strings.Repeat("x", 70): false} {
		if own.nobody.has(id) != want {
			t.Errorf("%.20q is nobody: %v, want %v", id, !want, want)
		}
	}
	c := DefaultConfig()
	c.Nobody = []string{"a", ""}
	if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "nobody[1]: ") {
		t.Errorf("an empty id in the list: %v", err)
	}
}

// Two events with the id "undefined" are no duplicates of each other.
func TestOtherIDsOfEverybody(t *testing.T) {
	d := decoder(t, nil)
	var e event.Event
	value := []byte(`{"time":1772359200123,"type":"click","user":"u","id":"undefined","account":"NULL","session":"00000000-0000-0000-0000-000000000000"}`)
	if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: value}, &e); r.Reason != event.Accepted {
		t.Fatal(r)
	}
	if e.ID != "" || e.Account != "" || e.Client != "" || e.Hash != event.DigestOf(value) {
		t.Errorf("%s, hash %v", describe(&e), e.Hash)
	}
	want := Dropped{}
	want[fields.ID], want[fields.Account], want[fields.Session] = 1, 1, 1
	if got := d.Dropped(); got != want {
		t.Errorf("dropped %v, want %v", got, want)
	}
}
