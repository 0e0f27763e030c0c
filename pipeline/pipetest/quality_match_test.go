package pipetest_test

import (
	"cmp"
	"slices"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// claim is one thing that truly happened and that a signal is to be found for.
type claim struct {
	kind, user, target, op string
	first, last            event.Millis
	faint                  string // why nobody could tell from what was sent; such a claim may be found or not
	stay                   stay   // on which it happened
	found                  int    // signals that cover some of it
}

// harmless is one thing that only looked like trouble.
type harmless struct {
	word        string
	first, last event.Millis
}

// slack is how far apart a signal and what it speaks of may lie.
const slack event.Millis = 1000

func (c *claim) covers(s *score.SignalRow) bool {
	return near(c.first, c.last, s) && sameOrNone(c.target, s.Target) && sameOrNone(c.op, s.Op)
}

func near(first, last event.Millis, s *score.SignalRow) bool {
	return s.StartedAt <= last+slack && s.EndedAt >= first-slack
}

func sameOrNone(a, b string) bool { return a == "" || b == "" || a == b }

// example is a claim that was missed, or a signal that was made up.
type example struct {
	user        string
	first, last event.Millis
	text        string
}

// verdict is how the signals of one kind compare with the truth.
type verdict struct {
	kind                            string
	claims, faint, missed           int
	signals, wrong, split, absorbed int
	tempted                         map[string]int // false signals by the harmless thing they are about
	missing, mistaken               []example
	reasons                         map[string]int // of what is faint
}

// precision is the share of signals that are true: that cover something that
// happened, once.
func (v *verdict) precision() float64 { return share(v.signals-v.wrong-v.split, v.signals) }

// recall is the share of what happened, and could be told, that was found.
func (v *verdict) recall() float64 { return share(v.claims-v.missed, v.claims) }

func share(part, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(part) / float64(of)
}

// judge compares. Signals that another has absorbed do not count, so they are
// never wrong; but what they cover is found.
func judge(kind string, claims []*claim, signals []*score.SignalRow, innocent map[string][]harmless) *verdict {
	v := &verdict{kind: kind, tempted: map[string]int{}, reasons: map[string]int{}}
	byUser := map[string][]*claim{}
	for _, c := range claims {
		byUser[c.user] = append(byUser[c.user], c)
	}
	for _, s := range signals {
		v.weigh(s, byUser[s.User], innocent[s.User])
	}
	for _, c := range claims {
		switch {
		case c.faint != "":
			v.faint++
			v.reasons[c.faint]++
			continue
		case c.found == 0:
			v.missed++
			v.missing = append(v.missing, example{c.user, c.first, c.last, c.String()})
		}
		v.claims++
	}
	return v
}

// weigh sees what a signal covers.
func (v *verdict) weigh(s *score.SignalRow, claims []*claim, innocent []harmless) {
	var covered, fresh int
	for _, c := range claims {
		if c.covers(s) {
			covered++
			if c.found == 0 {
				fresh++
			}
			c.found++
		}
	}
	if s.AbsorbedBy != "" {
		v.absorbed++
		return
	}
	v.signals++
	switch {
	case covered == 0:
		v.wrong++
		word := tempter(s, innocent)
		v.tempted[word]++
		v.mistaken = append(v.mistaken, example{s.User, s.StartedAt, s.EndedAt, word + ": " + signalString(s)})
	case fresh == 0:
		v.split++
	}
}

// tempter is the harmless thing that a false signal is about.
func tempter(s *score.SignalRow, innocent []harmless) string {
	at := slices.IndexFunc(innocent, func(h harmless) bool { return near(h.first, h.last, s) })
	if at < 0 {
		return "nothing told"
	}
	return innocent[at].word
}

func TestJudgingCountsWhatIsFoundMissedAndMadeUp(t *testing.T) {
	happened := func(user, target string, first, last event.Millis, faint string) *claim {
		return &claim{kind: "rage_click", user: user, target: target, first: first, last: last, faint: faint}
	}
	said := func(user, target string, first, last event.Millis, absorbed string) *score.SignalRow {
		return &score.SignalRow{Kind: "rage_click", User: user, Target: target, StartedAt: first, EndedAt: last, AbsorbedBy: absorbed}
	}
	v := judge("rage_click",
		[]*claim{
			happened("ada", "pay", 10_000, 11_000, ""),
			happened("ada", "pay", 60_000, 61_000, ""),            // missed
			happened("bob", "pay", 10_000, 10_200, "two clicks"),  // too faint to count
			happened("eve", "pay", 10_000, 11_000, ""),            // found by one that was absorbed
			happened("joe", "other", 10_000, 11_000, ""),          // another target: missed
			happened("kim", "pay", 10_000, 19_000, "two clicks"),  // faint, found all the same
			happened("lea", "", 10_000, 11_000, ""),               // without a target any will do
			happened("lea", "", 11_500, 12_000, "not told apart"), // covered by the same signal
		},
		[]*score.SignalRow{
			said("ada", "pay", 10_100, 10_900, ""),
			said("ada", "pay", 10_950, 11_900, ""), // the same once more
			said("ada", "pay", 30_000, 31_000, ""), // made up
			said("eve", "pay", 10_100, 10_900, "dead_click"),
			said("eve", "pay", 90_000, 90_900, "dead_click"), // made up, but does not count
			said("joe", "pay", 10_000, 11_000, ""),           // of a stepper
			said("kim", "pay", 12_000, 12_500, ""),
			said("lea", "pay", 10_900, 11_600, ""),
		},
		map[string][]harmless{"joe": {{"stepper", 9_000, 10_500}}},
	)
	got := []int{v.claims, v.faint, v.missed, v.signals, v.wrong, v.split, v.absorbed, v.tempted["stepper"], v.tempted["nothing told"]}
	if want := []int{5, 3, 2, 6, 2, 1, 2, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("claims, faint, missed, signals, wrong, split, absorbed, stepper, nothing told: %v, want %v", got, want)
	}
	if cmp.Compare(v.recall(), .6) != 0 || cmp.Compare(v.precision(), .5) != 0 {
		t.Errorf("recall %v, precision %v", v.recall(), v.precision())
	}
}
