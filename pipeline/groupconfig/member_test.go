package groupconfig

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"friction/pipeline/checkpoint"
	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/rules"
)

// group is members over one log.
type group struct {
	t   *testing.T
	log *checkpoint.Memory
}

func withGap(t *testing.T, gap time.Duration) *rules.Rules {
	t.Helper()
	e := engine.DefaultConfig()
	e.Sessions.Gap = gap
	r, err := rules.New(e, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// member is one with that gap, told to replace a configuration.
func (g *group) member(run string, gap time.Duration, replace string) *Member {
	return New(Options{Run: run, Rules: withGap(g.t, gap), Promote: replace, Log: g.log, Hint: func(context.Context) int64 { return 0 }})
}

// admitted checks that a member may work, and returns the name of the configuration.
func (g *group) admitted(m *Member) string {
	g.t.Helper()
	c, err := m.Admit(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return c.Name()
}

// refused checks that a member may not work, and that it says certain things.
func (g *group) refused(m *Member, says ...string) {
	g.t.Helper()
	c, err := m.Admit(g.t.Context())
	if r := (*RefusedError)(nil); !errors.As(err, &r) {
		g.t.Fatalf("admitted under %s, %v", c.Name(), err)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			g.t.Errorf("%v: says nothing of %q", err, s)
		}
	}
}

const half, five, ten = 30 * time.Minute, 5 * time.Minute, 10 * time.Minute

func TestOneConfigurationInAGroup(t *testing.T) {
	g := &group{t, &checkpoint.Memory{}}
	a, b := g.member("1", half, ""), g.member("1", five, "")
	first := g.admitted(a)
	g.refused(b, first, "sessions.gap: 30m0s → 5m0s", "friction run --promote-config "+first)
	if again := g.admitted(g.member("1", half, "")); again != first {
		t.Errorf("a restart with the same configuration: %s, then %s", first, again)
	}
	promoted := g.admitted(g.member("1", five, first))
	if !strings.HasPrefix(promoted, "2-") {
		t.Errorf("promoted is %s", promoted)
	}
	if err := a.Check(t.Context()); err == nil {
		t.Error("a member of the old configuration may go on")
	}
	if got := g.admitted(b); got != promoted {
		t.Errorf("one that has waited works by %s", got)
	}
	g.refused(g.member("1", ten, first), "told to replace "+first+", which is not in force any more")

	// Back again: only by naming what is in force now. Commands of earlier deploys do nothing any more.
	back := g.admitted(g.member("1", half, promoted))
	g.refused(g.member("1", five, first), back)
	g.refused(g.member("1", five, promoted), back)
	if got := g.admitted(g.member("1", half, first)); got != back {
		t.Errorf("an old command with the configuration in force: %s, want %s", got, back)
	}
	if got := g.admitted(g.member("1", ten, "3")); !strings.HasPrefix(got, "4-") {
		t.Errorf("promoted by number alone: %s", got)
	}
}

// A name that the group never had begins a run, with any configuration. One that was left does not come back by itself.
func TestRunsOfAGroup(t *testing.T) {
	g := &group{t, &checkpoint.Memory{}}
	g.admitted(g.member("1", half, ""))
	second := g.admitted(g.member("2", five, ""))
	g.refused(g.member("1", half, ""), "worker.run: 2 → 1", "--promote-config "+second)
	if got := g.admitted(g.member("1", half, second)); !strings.HasPrefix(got, "3-") {
		t.Errorf("back to the first run: %s", got)
	}
	g.refused(g.member("2", five, ""), "worker.run: 1 → 2")
	alone := g.member("2", ten, "")
	alone.o.Alone = true
	if got := g.admitted(alone); !strings.HasPrefix(got, "4-") {
		t.Errorf("nobody else is there, and it works by %s", got)
	}
}

// What tasks cannot go on with changes nothing: the others work as before.
func TestAnImpossibleChangeIsRefused(t *testing.T) {
	g := &group{t, &checkpoint.Memory{}}
	a := g.member("1", half, "")
	first := g.admitted(a)
	m := g.member("1", half, first)
	e := engine.DefaultConfig()
	e.Score.Size *= 2
	other, err := rules.New(e, decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	m.o.Rules = other
	if _, err := m.Admit(t.Context()); err == nil || !strings.Contains(err.Error(), "score.size, score.slide and score.segments cannot change within a run") ||
		!strings.Contains(err.Error(), "--run NAME") {
		t.Errorf("another window size: %v", err)
	}
	if err := a.Check(t.Context()); err != nil {
		t.Errorf("the others: %v", err)
	}
	m.o.Run = "2"
	if got := g.admitted(m); !strings.HasPrefix(got, "2-") {
		t.Errorf("in a new run: %s", got)
	}
}

// Many differences are cut short.
func TestDifferencesAreBounded(t *testing.T) {
	g := &group{t, &checkpoint.Memory{}}
	g.admitted(g.member("1", half, ""))
	e, d := engine.DefaultConfig(), decode.DefaultConfig()
	s, sc := &e.Sessions, &e.Score
	s.Gap, s.Max, s.Grace, s.Disorder, s.MaxEvents, s.MaxIDs, s.MaxOpen, s.MaxAwake = 1, 1, 1, 1, 1, 1, 1, 1
	sc.Size, sc.Slide = 1, 1
	other, err := rules.New(e, d)
	if err != nil {
		t.Fatal(err)
	}
	m := g.member("1", five, "")
	m.o.Rules = other
	g.refused(m, "and 2 more")
}
