package checkpoint

import (
	"fmt"
	"testing"
)

// changeTo proposes the configuration after the one in force.
func changeTo(t *testing.T, c *Configurations, run, revision string) Configuration {
	t.Helper()
	now, err := c.InForce(t.Context(), 0)
	if err == nil {
		now, err = c.Change(t.Context(), now.Follow(run, revision, []byte("rules of "+revision)))
	}
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func inForce(t *testing.T, log Log, hint int64) Configuration {
	t.Helper()
	c, err := NewConfigurations(log).InForce(t.Context(), hint)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Of two members that propose at the same time the first one in the log succeeds, and both learn which.
func TestTheFirstConfigurationInTheLogCounts(t *testing.T) {
	log := &Memory{}
	a, b := NewConfigurations(log), NewConfigurations(log)
	none, err := a.InForce(t.Context(), 0)
	if err != nil || none.Number != 0 {
		t.Fatalf("an empty log holds %+v, %v", none, err)
	}
	if now, err := a.Change(t.Context(), none.Follow("1", "aaa", []byte("x"))); err != nil || now.Name() != "1-aaa" {
		t.Errorf("the first one: %s, %v", now.Name(), err)
	}
	if now, err := b.Change(t.Context(), none.Follow("1", "bbb", []byte("y"))); err != nil || now.Name() != "1-aaa" || string(now.Rules) != "x" {
		t.Errorf("the second one: %s with %s, %v", now.Name(), now.Rules, err)
	}
	if now := changeTo(t, b, "2", "bbb"); now.Name() != "2-bbb" || fmt.Sprint(now.Past) != "[1]" {
		t.Errorf("after another change: %s, runs before it %v", now.Name(), now.Past)
	}
	if now := inForce(t, log, 0); now.Name() != "2-bbb" || now.Run != "2" {
		t.Errorf("another reader finds %+v", now)
	}
}

// A configuration that comes between the records of a writer disturbs none of them, and the writer's next claim repeats it.
func TestAWriterGoesOnUnderAnotherConfiguration(t *testing.T) {
	ctx, log := t.Context(), &Memory{}
	members := NewConfigurations(log)
	changeTo(t, members, "1", "aaa")
	w, _, err := Open(ctx, log, Options{Claim: Claim{Run: "1", Birth: 1, Member: "m"}})
	if err != nil {
		t.Fatal(err)
	}
	epoch := func(n uint64) {
		t.Helper()
		if err := w.AppendEpoch(ctx, &Epoch{Header: Header{N: n}, Rows: []byte("rows")}); err != nil {
			t.Fatal(err)
		}
	}
	epoch(1)
	changeTo(t, members, "1", "bbb")
	epoch(2)
	epoch(3)
	if err := w.AppendSnapshot(ctx, &Snapshot{Header: Header{N: 3, Flushed: 3}, State: []byte("state")}); err != nil {
		t.Fatal(err)
	}
	s, err := w.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if s.Hint <= 0 || s.Claim.Configuration.Name() != "2-bbb" {
		t.Fatalf("hint %d, the claim repeats %s", s.Hint, s.Claim.Configuration.Name())
	}
	if c := inForce(t, log, s.Hint); c.Name() != "2-bbb" || string(c.Rules) != "rules of bbb" {
		t.Errorf("from the hint on: %+v", c)
	}
	changeTo(t, members, "1", "ccc")
	log.Cut(s.Hint)
	for name, hint := range map[string]int64{"the start": 0, "the hint": s.Hint} {
		if c := inForce(t, log, hint); c.Name() != "3-ccc" {
			t.Errorf("after retention, from %s: %s", name, c.Name())
		}
	}
	_, r, err := Open(ctx, log, Options{Claim: Claim{Run: "1", Birth: 1, Member: "n"}})
	if err != nil || r.LastN != 3 || r.Claim.Configuration.Name() != "3-ccc" {
		t.Errorf("opened again: %+v, %v", r, err)
	}
}

// A claim of a writer that had not seen the newest configuration changes nothing, and no hint names it.
func TestAStaleClaimDoesNotBringAConfigurationBack(t *testing.T) {
	ctx, log := t.Context(), &Memory{}
	members := NewConfigurations(log)
	changeTo(t, members, "1", "aaa")
	stale := changeTo(t, members, "1", "bbb")
	stale.Number, stale.Revision = 1, "aaa"
	claim := Claim{Run: "1", Birth: 1, Member: "m", Nonce: 7, Fresh: true, Configuration: stale}
	if _, err := log.Append(ctx, (&chunk{kind: kindClaim, last: true, body: claim.appendTo(nil)}).appendRecord(nil)); err != nil {
		t.Fatal(err)
	}
	v := newValidator(0, false, false)
	if err := log.Read(ctx, 0, func(at int64, value []byte) error { _, err := v.read(at, value); return err }); err != nil {
		t.Fatal(err)
	}
	if v.configuration.Name() != "2-bbb" || len(v.claims) != 0 {
		t.Errorf("in force is %s, claims to begin at %v", v.configuration.Name(), v.claims)
	}
}

// The runs of the past are bounded, the oldest ones leave.
func TestPastRunsAreBounded(t *testing.T) {
	var c Configuration
	for i := range 2 * maxPast {
		c = c.Follow(fmt.Sprint(i), "r", nil)
	}
	if len(c.Past) != maxPast || c.Past[maxPast-1] != fmt.Sprint(2*maxPast-2) {
		t.Errorf("%d runs, the last one %s", len(c.Past), c.Past[len(c.Past)-1])
	}
	if big := c.Follow("x", "r", make([]byte, maxRules+1)); big.Rules != nil {
		t.Error("rules that fit no record are kept")
	}
}
