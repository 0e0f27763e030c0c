package pipetest_test

import (
	"slices"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// occurrence is one thing that truly happened, and that a signal should find.
type occurrence struct {
	kind, user, target, op string
	first, last            event.Millis
	ambiguous              string // why nobody could say, from what was sent, that it happened; "" if one can
	apparent               bool   // ambiguous, and it only looks as if it had happened
	stay                   stay   // on which it happened
	found                  bool   // by a signal
}

// harmless is one thing that only looked like trouble.
type harmless struct {
	word        string
	first, last event.Millis
}

// slack is how far apart a signal and what it is about may lie.
const slack event.Millis = 1000

func (o *occurrence) coveredBy(s *score.SignalRow) bool {
	return overlaps(o.first, o.last, s) && sameOrNone(o.target, s.Target) && sameOrNone(o.op, s.Op)
}

func overlaps(first, last event.Millis, s *score.SignalRow) bool {
	return s.StartedAt <= last+slack && s.EndedAt >= first-slack
}

func sameOrNone(a, b string) bool { return a == "" || b == "" || a == b }

// example is an occurrence that was missed, or a false signal.
type example struct {
	user        string
	first, last event.Millis
	text        string
}

// tally counts what was found.
type tally struct {
	happened, missed         int // occurrences
	signals, wrong, repeated int // wrong: about nothing that happened; repeated: about what another has found
}

// precision is the share of signals that are true: that find something that
// happened, once.
func (t *tally) precision() float64 { return share(t.signals-t.wrong-t.repeated, t.signals) }

// recall is the share of what happened that was found.
func (t *tally) recall() float64 { return share(t.happened-t.missed, t.happened) }

func share(part, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(part) / float64(of)
}

// verdict is how the signals of one kind compare with the truth.
type verdict struct {
	kind string
	// certain leaves out what is ambiguous: the occurrences, and the signals that
	// are about nothing else.
	certain tally
	// all counts everything that happened, ambiguous or not. A signal about what
	// only appears to have happened is wrong.
	all               tally
	ambiguous         int // occurrences
	absorbed          int // signals
	missing, mistaken []example
	temptedBy         map[string]int // wrong signals by the harmless thing they are about
	reasons           map[string]int // why occurrences are ambiguous
}

// compare holds signals of a kind against what happened. Signals that another has
// absorbed do not count, so they are never wrong; but what they cover is found.
func compare(kind string, occurrences []*occurrence, signals []*score.SignalRow, innocent map[string][]harmless) *verdict {
	v := &verdict{kind: kind, temptedBy: map[string]int{}, reasons: map[string]int{}}
	byUser := map[string][]*occurrence{}
	for _, o := range occurrences {
		byUser[o.user] = append(byUser[o.user], o)
	}
	for _, s := range signals {
		v.addSignal(s, byUser[s.User], innocent[s.User])
	}
	for _, o := range occurrences {
		v.addOccurrence(o)
	}
	return v
}

// addSignal sees what a signal covers.
func (v *verdict) addSignal(s *score.SignalRow, occurrences []*occurrence, innocent []harmless) {
	var certain, ambiguous, apparent covered
	for _, o := range occurrences {
		if !o.coveredBy(s) {
			continue
		}
		switch {
		case o.apparent:
			apparent.add(o)
		case o.ambiguous != "":
			ambiguous.add(o)
		default:
			certain.add(o)
		}
		o.found = true
	}
	if s.AbsorbedBy != "" {
		v.absorbed++
		return
	}
	v.all.addSignal(covered{certain.n + ambiguous.n, certain.fresh + ambiguous.fresh})
	if certain.n == 0 && ambiguous.n+apparent.n > 0 {
		return
	}
	v.certain.addSignal(certain)
	if certain.n == 0 {
		word := temptation(s, innocent)
		v.temptedBy[word]++
		v.mistaken = append(v.mistaken, example{s.User, s.StartedAt, s.EndedAt, word + ": " + signalString(s)})
	}
}

// covered is how many occurrences a signal covers, and how many of them no other
// signal has found before.
type covered struct{ n, fresh int }

func (c *covered) add(o *occurrence) {
	c.n++
	if !o.found {
		c.fresh++
	}
}

func (t *tally) addSignal(c covered) {
	t.signals++
	switch {
	case c.n == 0:
		t.wrong++
	case c.fresh == 0:
		t.repeated++
	}
}

func (v *verdict) addOccurrence(o *occurrence) {
	if o.ambiguous != "" {
		v.ambiguous++
		v.reasons[o.ambiguous]++
	}
	if !o.apparent {
		v.all.addOccurrence(o)
	}
	if o.ambiguous != "" {
		return
	}
	v.certain.addOccurrence(o)
	if !o.found {
		v.missing = append(v.missing, example{o.user, o.first, o.last, o.String()})
	}
}

func (t *tally) addOccurrence(o *occurrence) {
	t.happened++
	if !o.found {
		t.missed++
	}
}

// temptation is the harmless thing that a wrong signal is about.
func temptation(s *score.SignalRow, innocent []harmless) string {
	at := slices.IndexFunc(innocent, func(h harmless) bool { return overlaps(h.first, h.last, s) })
	if at < 0 {
		return "nothing known"
	}
	return innocent[at].word
}

func TestComparingCountsWhatIsFoundMissedAndWrong(t *testing.T) {
	happened := func(user, target string, first, last event.Millis, ambiguous string) *occurrence {
		return &occurrence{kind: "rage_click", user: user, target: target, first: first, last: last, ambiguous: ambiguous}
	}
	signal := func(user, target string, first, last event.Millis, absorbed string) *score.SignalRow {
		return &score.SignalRow{Kind: "rage_click", User: user, Target: target, StartedAt: first, EndedAt: last, AbsorbedBy: absorbed}
	}
	apparent := happened("sue", "pay", 10_000, 11_000, "came back")
	apparent.apparent = true
	v := compare("rage_click",
		[]*occurrence{
			happened("ada", "pay", 10_000, 11_000, ""),
			happened("ada", "pay", 60_000, 61_000, ""),            // missed
			happened("bob", "pay", 10_000, 10_200, "two clicks"),  // ambiguous and missed
			happened("eve", "pay", 10_000, 11_000, ""),            // found by one that was absorbed
			happened("joe", "other", 10_000, 11_000, ""),          // another target: missed
			happened("kim", "pay", 10_000, 19_000, "two clicks"),  // ambiguous, found all the same
			happened("lea", "", 10_000, 11_000, ""),               // without a target any will do
			happened("lea", "", 11_500, 12_000, "not told apart"), // covered by the same signal
			apparent,
		},
		[]*score.SignalRow{
			signal("ada", "pay", 10_100, 10_900, ""),
			signal("ada", "pay", 10_950, 11_900, ""), // the same once more
			signal("ada", "pay", 30_000, 31_000, ""), // wrong
			signal("eve", "pay", 10_100, 10_900, "dead_click"),
			signal("eve", "pay", 90_000, 90_900, "dead_click"), // wrong, but does not count
			signal("joe", "pay", 10_000, 11_000, ""),           // of a stepper
			signal("kim", "pay", 12_000, 12_500, ""),
			signal("kim", "pay", 14_000, 14_500, ""), // the same once more
			signal("lea", "pay", 10_900, 11_600, ""),
			signal("sue", "pay", 10_100, 10_900, ""), // about what only appears
		},
		map[string][]harmless{"joe": {{"stepper", 9_000, 10_500}}},
	)
	if want := (tally{happened: 5, missed: 2, signals: 5, wrong: 2, repeated: 1}); v.certain != want {
		t.Errorf("without the ambiguous: %+v, want %+v", v.certain, want)
	}
	if want := (tally{happened: 8, missed: 3, signals: 8, wrong: 3, repeated: 2}); v.all != want {
		t.Errorf("with the ambiguous: %+v, want %+v", v.all, want)
	}
	got := []int{v.ambiguous, v.absorbed, v.temptedBy["stepper"], v.temptedBy["nothing known"], len(v.missing), len(v.mistaken)}
	if want := []int{4, 2, 1, 1, 2, 2}; !slices.Equal(got, want) {
		t.Errorf("ambiguous, absorbed, about a stepper, about nothing, missing, mistaken: %v, want %v", got, want)
	}
	if v.certain.recall() != .6 || v.certain.precision() != .4 {
		t.Errorf("recall %v, precision %v", v.certain.recall(), v.certain.precision())
	}
}
