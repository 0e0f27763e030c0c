package pipetest

import (
	"bytes"
	"fmt"
	"testing"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/score"
)

// With pseudonyms on, nothing that is stored has the ids of people in it: no row of any table, and no state, which is what
// the checkpoint log holds. Ids stand in every text of the events, among late and rejected ones, too.
func TestNothingStoredNamesPeople(t *testing.T) {
	d := decode.DefaultConfig()
	d.Pseudonymise = decode.Pseudonyms{KeyID: "k1", Key: []byte("0123456789abcdef")}
	inForce, err := rules.New(engine.DefaultConfig(), d)
	if err != nil {
		t.Fatal(err)
	}
	e, decoder, err := inForce.Build([]string{"t"})
	if err != nil {
		t.Fatal(err)
	}
	const start = 1_700_000_000_000
	people := []string{"jane.doe", "u0001234", "bob@example.org", "Ωmega-17"}
	var stored []byte
	offset := int64(0)
	add := func(user string, at int64, kind, more string) {
		value := fmt.Appendf(nil, `{"time":%d,"user":%q,"account":"acct-%s","session":"s-%[2]s","type":%q,"page":"/profile/%[2]s/edit","op":"GET /api/%[2]s",
			"id":"%[2]s-%[1]d","target":{"id":"save-%[2]s","text":"%[2]s","href":"/p/%[2]s"},"plan":"of %[2]s"%[5]s}`, at, user, user, kind, more)
		rec := event.Record{Offset: offset, Time: event.Millis(at), Key: []byte(user), Value: value}
		offset++
		if why := decoder.Decode(&rec, e.Slot()); why.Reason != event.Accepted {
			e.Reject(&rec, why, rec.Bytes())
			return
		}
		e.Add(&rec)
	}
	keep := func() {
		stored = e.AppendState(stored)
		for done := false; !done; {
			done = e.Run()
			stored = score.AppendRows(stored, e.TakeRows())
		}
		stored = e.AppendState(stored)
	}
	for i, user := range people {
		at := int64(start + i*1000)
		add(user, at, "page_view", "")
		for k := range 5 {
			add(user, at+int64(100+k*100), "click", "")
		}
		add(user, at+700, "request", `,"status":500,"error":{"kind":"E","message":"user `+user+` is unknown"}`)
		add(user, at+800, "error", `,"error":{"message":"no account `+user+`"}`)
		add(user, at+900, "no such type "+user, "")
	}
	keep()
	e.Advance(e.Reachable(nil))
	keep()
	add("somebody-else", start+4*3_600_000, "page_view", "")
	e.Advance(e.Reachable(nil))
	keep()
	for _, user := range people {
		add(user, start, "click", "") // late
	}
	e.Advance(e.ClosingWatermark())
	keep()
	if c := e.Counters(); c.InSessions < 20 || c.SessionsClosed < 4 {
		t.Fatalf("%+v: the test proves nothing", c)
	}
	if !bytes.Contains(stored, []byte(":user")) || !bytes.Contains(stored, []byte("k1:")) {
		t.Error("neither placeholders nor pseudonyms are stored: the test proves nothing")
	}
	for _, user := range people {
		if i := bytes.Index(bytes.ToLower(stored), bytes.ToLower([]byte(user))); i >= 0 {
			t.Errorf("%s is stored: %q", user, stored[max(0, i-40):min(len(stored), i+40)])
		}
	}
}
