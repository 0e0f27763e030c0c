package pipetest_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/signals"
	"friction/pipeline/simulate"
)

// TestDetectionQuality holds every signal against what the simulated people did
// and meant. `make detection-quality` runs it over more seeds, prints what was
// missed and what was wrong, and compares the figures with those in the docs.
func TestDetectionQuality(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it simulates hours of traffic")
	}
	seeds, full, show := []uint64{1}, os.Getenv("FRICTION_QUALITY") != "", os.Getenv("FRICTION_QUALITY_SHOW")
	if full {
		seeds = []uint64{1, 2, 3, 4, 5}
	}
	all := &sample{signals: map[string][]*score.SignalRow{}, occurrences: map[string][]*occurrence{}, innocent: map[string][]harmless{}, times: map[string][]event.Millis{}, visits: map[string][]stay{}, helps: map[string][]event.Millis{}}
	if show != "" {
		all.diary = map[string][]entry{}
	}
	for _, seed := range seeds {
		all.simulate(t, seed, full)
	}
	var verdicts []*verdict
	for k := range signals.NumKinds {
		name := signals.Name(k)
		verdicts = append(verdicts, compare(name, all.occurrences[name], all.signals[name], all.innocent))
	}
	t.Logf("%d events of %d seeds\n%s", all.events, len(seeds), table(verdicts))
	if full {
		figuresInTheDocs(t, verdicts)
	}
	for _, v := range verdicts {
		v.check(t, full)
		if slices.Contains(strings.Split(show, ","), v.kind) {
			all.show(t, v)
		}
	}
}

// bar is what precision and recall must reach where nothing is ambiguous. A single
// seed has less to go by.
func bar(kind string, full bool) float64 {
	bar := .95
	switch kind {
	case "rage_click", "rage_tap", "retry", "quick_back":
		bar = .99
	}
	if !full {
		bar -= .02
	}
	return bar
}

// below are signals that cannot reach their bar, and why: none today. One that does
// is to be taken off.
var below = map[string]string{}

// enough is how often a thing must have happened for a verdict to mean something.
const enough = 15

func (v *verdict) check(t *testing.T, full bool) {
	t.Helper()
	if v.certain.happened < enough {
		t.Errorf("%s: it happened %d times; a verdict needs %d", v.kind, v.certain.happened, enough)
	}
	switch reached, why := min(v.certain.precision(), v.certain.recall()) >= bar(v.kind, full), below[v.kind]; {
	case reached && why != "" && full:
		t.Logf("%s reaches its bar: take it off the list", v.kind)
	case reached:
	case why != "":
		t.Logf("%s: precision %.3f, recall %.3f; below its bar: %s", v.kind, v.certain.precision(), v.certain.recall(), why)
	default:
		t.Errorf("%s: precision %.3f, recall %.3f; both should be %.2f", v.kind, v.certain.precision(), v.certain.recall(), bar(v.kind, full))
	}
	if !full && !t.Failed() {
		return
	}
	for _, x := range [...]struct {
		what string
		list []example
	}{{"missed", v.missing}, {"wrong", v.mistaken}} {
		for _, line := range x.list[:min(len(x.list), 4)] {
			t.Logf("%s %s: %s", v.kind, x.what, line.text)
		}
	}
}

func table(verdicts []*verdict) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "without what is ambiguous\t\t\t\t\t\t\t\twith it\t\t\t\t\t\t")
	fmt.Fprintln(w, "signal\thappened\tmissed\trecall\tsignals\twrong\trepeated\tprecision\thappened\tmissed\trecall\tsignals\tprecision\tabsorbed\twrong ones are about; ambiguous because")
	for _, v := range verdicts {
		c, a := &v.certain, &v.all
		fmt.Fprintf(w, "%s\t%d\t%d\t%.3f\t%d\t%d\t%d\t%.3f\t%d\t%d\t%.3f\t%d\t%.3f\t%d\t%s\n", v.kind, c.happened, c.missed, c.recall(),
			c.signals, c.wrong, c.repeated, c.precision(), a.happened, a.missed, a.recall(), a.signals, a.precision(), v.absorbed,
			strings.Join(append(most(v.temptedBy), most(v.reasons)...), "; "))
	}
	_ = w.Flush()
	return b.String()
}

// most lists counts, the highest first.
func most(counts map[string]int) (list []string) {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		list = append(list, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return list
}

// sample is what was found and what was true, by kind of signal.
type sample struct {
	events      int
	signals     map[string][]*score.SignalRow
	occurrences map[string][]*occurrence
	innocent    map[string][]harmless     // by user
	diary       map[string][]entry        // by user, when asked for
	times       map[string][]event.Millis // of all events, by user
	visits      map[string][]stay         // of steps, by user
	helps       map[string][]event.Millis // of views of the help page and calls for support, by user
}

// stay is a visit of a step, by its place in the journey.
type stay struct {
	journey string
	step    int
	entered event.Millis
}

// entry is one event as it was sent.
type entry struct {
	at   event.Millis
	text string
}

// show prints what the people sent of whom examples are missed or wrong.
func (s *sample) show(t *testing.T, v *verdict) {
	for _, x := range slices.Concat(v.missing[:min(len(v.missing), 12)], v.mistaken[:min(len(v.mistaken), 12)]) {
		var b strings.Builder
		fmt.Fprintln(&b, x.text)
		slices.SortStableFunc(s.diary[x.user], func(a, b entry) int { return cmp.Compare(a.at, b.at) })
		for _, e := range s.diary[x.user] {
			if e.at > x.first-20_000 && e.at < x.last+12_000 {
				fmt.Fprintf(&b, "    %s %s\n", clock(e.at), e.text)
			}
		}
		t.Log(b.String())
	}
}

// brief leaves out what is the same in all events of a user.
var brief = regexp.MustCompile(`"(time|id|user|app|account|session)":("[^"]*"|[0-9]+),|,"context":.*`)

// simulate adds a shop's traffic, and the signals that the engine finds in it.
func (s *sample) simulate(t *testing.T, seed uint64, full bool) {
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	open := 90 * time.Minute
	if full {
		open = 4 * time.Hour
	}
	app := fmt.Sprintf("shop%d", seed)
	o := simulate.Options{
		Seed: seed, App: app, Start: start, End: start.Add(open), Rate: 60, Flat: true, Trouble: 8,
		Truth: func(v simulate.Visit) { s.addVisit(app, v) },
		Incidents: []simulate.Incident{
			{Journey: "checkout", Step: "payment", First: start.Add(20 * time.Minute), Lasts: 10 * time.Minute, Every: time.Hour},
			{Journey: "sign-up", Step: "details", First: start.Add(50 * time.Minute), Lasts: 10 * time.Minute, Every: time.Hour, Severity: .4},
		},
	}
	shop, err := simulate.New(o)
	if err != nil {
		t.Fatal(err)
	}
	config := engine.DefaultConfig()
	config.Journeys.List = shopJourneys()
	e, err := engine.New(config, []string{simulate.Clickstream, simulate.Telemetry})
	if err != nil {
		t.Fatal(err)
	}
	d, err := decode.New(decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	collect := func(rows *score.Rows) {
		for i := range rows.Signals {
			r := &rows.Signals[i]
			r.User = app + "/" + r.User
			s.signals[r.Kind] = append(s.signals[r.Kind], r)
		}
	}
	for r := range shop.Records(time.Time{}) {
		rec := event.Record{Offset: int64(s.events), Time: event.Millis(r.Deliver.UnixMilli()), Key: []byte(r.Key), Value: r.Value}
		if r.Topic == simulate.Telemetry {
			rec.Topic = 1
		}
		if why := d.Decode(&rec, e.Slot()); why.Reason != event.Accepted {
			t.Fatalf("%s: %s: %s", why.Reason, why.Detail, r.Value)
		}
		user := app + "/" + r.Key
		s.times[user] = append(s.times[user], e.Slot().Time)
		if e := e.Slot(); e.Type == event.Support || e.Type.IsView() && strings.EqualFold(strings.TrimPrefix(e.Page, "/"), "help") {
			s.helps[user] = append(s.helps[user], e.Time)
		}
		if s.diary != nil {
			text := brief.ReplaceAllString(string(r.Value), "")
			s.diary[user] = append(s.diary[user], entry{e.Slot().Time, text})
		}
		e.Add(&rec)
		if s.events++; s.events%5000 == 0 {
			drain(e, e.Reachable(nil), collect)
		}
	}
	drain(e, e.ClosingWatermark(), collect)
	s.returns()
}

// soon is when who has left is back before a session has ended.
const soon event.Millis = 31 * 60_000

// arriving is how long an app takes to show its first page, at most.
const arriving event.Millis = 10_000

// returns finds people who left and came back so soon that nobody can tell that
// they had left. If they then begin at an earlier step, or look for help, it only
// appears that they went back or were in the middle of a journey.
func (s *sample) returns() {
	for _, kind := range [...]string{"drop_off", "error_leave", "error_bounce"} {
		for _, c := range s.occurrences[kind] {
			switch {
			case s.came(c.user, c.last+1000, c.last+soon):
				c.ambiguous = "came back before a session has ended"
				if kind == "drop_off" {
					s.resume(c)
				}
			case kind == "error_bounce" && s.came(c.user, c.stay.entered-soon, c.stay.entered-arriving):
				c.ambiguous = "had been there shortly before, so that it is no session of one page"
			}
		}
	}
	clear(s.times)
	clear(s.visits)
	clear(s.helps)
}

// came says that somebody was there between two times.
func (s *sample) came(user string, after, before event.Millis) bool {
	return slices.ContainsFunc(s.times[user], func(t event.Millis) bool { return t > after && t < before })
}

// resume notes what may look like a part of the attempt that c was the end of.
func (s *sample) resume(c *occurrence) {
	const why = "had left the journey, and came back before a session has ended"
	next := stay{entered: event.Never}
	for _, v := range s.visits[c.user] {
		if v.journey == c.stay.journey && v.entered > c.last && v.entered < next.entered {
			next = v
		}
	}
	if next.entered != event.Never && next.step < c.stay.step {
		s.add(&occurrence{kind: "back_tracking", user: c.user, first: next.entered, last: next.entered, ambiguous: why, apparent: true})
	}
	slices.Sort(s.times[c.user])
	on := c.last
	for _, t := range s.times[c.user] {
		switch {
		case t <= on:
		case t-on >= soon:
			return
		default:
			on = t
			if slices.Contains(s.helps[c.user], t) {
				s.add(&occurrence{kind: "help_seeking", user: c.user, first: t, last: t, ambiguous: why, apparent: true})
			}
		}
	}
}

// shopJourneys are the journeys of the simulated shop.
func shopJourneys() (list []journey.Journey) {
	for _, s := range simulate.Steps() {
		i := slices.IndexFunc(list, func(j journey.Journey) bool { return j.Name == s.Journey })
		if i < 0 {
			list, i = append(list, journey.Journey{Name: s.Journey}), len(list)
		}
		list[i].Steps = append(list[i].Steps, journey.Step{
			Name: s.Step, Match: []journey.Match{{Type: journey.Values{"page_view", "screen_view"}, Page: s.Pages}},
		})
	}
	return list
}
