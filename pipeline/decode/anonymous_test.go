package decode

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"friction/pipeline/event"
)

// everyText is an event whose every text holds a given one.
func everyText(user, account, text string) []byte {
	in := func(where string) string { b, _ := json.Marshal(fmt.Sprintf(where, text)); return string(b) }
	return fmt.Appendf(nil, `{"time":1772366400000,"user":%q,"account":%q,"type":"error","id":%s,"session":%s,"page":%s,"op":%s,"name":%s,
		"target":{"id":%s,"text":%s,"href":%s,"selector":%s,"classes":[%s]},
		"error":{"kind":%s,"message":%s},"context":{"device":%s,"variant":%s},"plan":%s}`,
		user, account, in("e-%s-1"), in("s-%s"), in("/profile/%s/edit"), in("GET /api/%s"), in("opened %s"),
		in("#row-%s"), in("Hello %s!"), in("/a/%s?x=%[1]s"), in("div[data-u='%s']"), in("user-%s"),
		in("NoSuch_%s"), in("did not find %s."), in("phone of %s"), in("%s"), in("%s"))
}

func texts(t *testing.T, d *Decoder, user string, value []byte) string {
	t.Helper()
	var e event.Event
	if r := d.Decode(&event.Record{Key: []byte(user), Time: noon, Value: value}, &e); r.Reason != event.Accepted {
		t.Fatal(r)
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// With pseudonyms no text of an event names its user or account, however it is written.
func TestNoTextNamesWhoThePseudonymHides(t *testing.T) {
	private := func(c *Config) { c.Pseudonymise = Pseudonyms{KeyID: "k1", Key: []byte("0123456789abcdef")} }
	for name, change := range map[string]func(*Config){
		"as configured": private,
		"whole URLs":    func(c *Config) { private(c); c.Pages.Key, c.Pages.Normalise, c.Ops.Key = WholeURL, false, WholeURL },
		"queries":       func(c *Config) { private(c); c.Pages.KeepQuery = []string{"q"} },
	} {
		d := decoder(t, change)
		for _, x := range [][2]string{
			{"ann", "ann"},
			{"Ann.Smith", "ann.smith"},
			{"ann@example.org", "ANN@Example.org"},
			{"ann@example.org", "ann%40example.org"},
			{"u-77", "u-77"},
			{"日本太郎", "日本太郎"},
			{"x", "57"},
			{"10.1.2.3", "10.1.2.3"},
			{"a b", "a+b"},
		} {
			user, written := x[0], x[1]
			account := written
			if got := strings.ToLower(texts(t, d, user, everyText(user, account, written))); strings.Contains(got, strings.ToLower(written)) && len(written) > 2 {
				t.Errorf("%s: %q is still in %s", name, written, got)
			}
		}
	}
}

// In pages, operations, links and messages ids of others have placeholders, too; words, versions and names of tests stay.
func TestPlaceholdersUnderPseudonyms(t *testing.T) {
	d := decoder(t, func(c *Config) {
		c.Pseudonymise = Pseudonyms{KeyID: "k1", Key: []byte("0123456789abcdef")}
		c.Pages.Normalise = false
	})
	for _, c := range []struct{ field, text, want string }{
		{"page", "/u/57/orders/8841", "/u/:id/orders/:id"},
		{"page", "/invite/bob%40example.org", "/invite/:email"},
		{"page", "/step-2/checkout", "/step-2/checkout"},
		{"page", "/v2/a1B2c3D4e5F6g7H8i9J0k1", "/v2/:token"},
		{"op", "getOrder 57 of bob@example.org", "getOrder :id of :email"},
		{"op", "Order(id=99812)", "Order(id=:id)"},
		{"op", "POST /pay", "POST /pay"},
		{"error", "user 990817 (bob@example.org) not found: 404", "user :id (:email) not found: 404"},
		{"error", "cannot read 6f9619ff-8b86-d011-b42d-00cf4fc964ff", "cannot read :uuid"},
		{"error", "no route to 192.168.7.12:80", "no route to :ip:80"},
		{"error", "Cannot read properties of undefined (reading 'x')", "Cannot read properties of undefined (reading 'x')"},
	} {
		text, _ := json.Marshal(c.text)
		value := fmt.Appendf(nil, `{"time":1772366400000,"user":"jane","type":"error",%q:%s}`, c.field, text)
		if c.field == "error" {
			value = fmt.Appendf(nil, `{"time":1772366400000,"user":"jane","type":"error","error":{"message":%s}}`, text)
		}
		var e event.Event
		if r := d.Decode(&event.Record{Key: []byte("jane"), Time: noon, Value: value}, &e); r.Reason != event.Accepted {
			t.Fatal(r)
		}
		got := map[string]string{"page": e.Page, "op": e.Op}[c.field]
		if e.Error != nil {
			got = e.Error.Message
		}
		if got != c.want {
			t.Errorf("%s %q becomes %q, want %q", c.field, c.text, got, c.want)
		}
	}
}

// Events share targets and contexts: one user's placeholder must not reach another's event, nor stay away from it.
func TestSharedTextsAreNotChanged(t *testing.T) {
	d := decoder(t, func(c *Config) { c.Pseudonymise = Pseudonyms{KeyID: "k1", Key: []byte("0123456789abcdef")} })
	value := func(user string) []byte {
		return fmt.Appendf(nil, `{"time":1772366400000,"user":%q,"type":"click","page":"/p","target":{"id":"card-bob","text":"anna"}}`, user)
	}
	for _, c := range [][2]string{{"bob", "card-:user anna"}, {"anna", "card-bob :user"}, {"carol", "card-bob anna"}, {"bob", "card-:user anna"}} {
		var e event.Event
		if r := d.Decode(&event.Record{Key: []byte(c[0]), Time: noon, Value: value(c[0])}, &e); r.Reason != event.Accepted {
			t.Fatal(r)
		}
		if got := e.Target.ID + " " + e.Target.Text; got != c[1] {
			t.Errorf("%s: %q, want %q", c[0], got, c[1])
		}
	}
}
