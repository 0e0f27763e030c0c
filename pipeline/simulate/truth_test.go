package simulate

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// hurtShare is the share of a step's visits that hurt, by journey/step.
func hurtShare(visits []Visit, keep func(Visit) bool) map[string]float64 {
	n, hurt := map[string]float64{}, map[string]float64{}
	for _, v := range visits {
		if v.Journey == SiteJourney || !keep(v) {
			continue
		}
		name := v.Journey + "/" + v.Step
		n[name]++
		if v.Hurt() {
			hurt[name]++
		}
	}
	for name := range n {
		hurt[name] /= n[name]
	}
	return hurt
}

func all(Visit) bool { return true }

func TestWithoutIncidentHurtIsLowAndEven(t *testing.T) {
	r := playFor(t, 3*time.Hour, Options{Seed: 21, Rate: 90})
	shares := hurtShare(r.visits, all)
	if len(shares) != len(Steps()) {
		t.Errorf("visited steps are %v", shares)
	}
	for step, share := range shares {
		if share < .012 || share > .045 {
			t.Errorf("%s hurts %.1f %% of its visits", step, 100*share)
		}
	}
	for _, v := range r.visits {
		if v.Incident {
			t.Fatalf("an incident that was not set: %+v", v)
		}
	}
}

func TestAnIncidentHurtsItsStepAndNoOther(t *testing.T) {
	for _, at := range []string{"checkout/payment", "sign-up/verify", "checkout/confirmation", "sign-up/start"} {
		t.Run(strings.ReplaceAll(at, "/", "_"), func(t *testing.T) {
			incident, err := ParseIncident(at)
			if err != nil {
				t.Fatal(err)
			}
			incident.First, incident.Lasts = opening.Add(40*time.Minute), 40*time.Minute
			r := playFor(t, 2*time.Hour, Options{Seed: 22, Rate: 60, Incidents: []Incident{incident}})
			during := hurtShare(r.visits, func(v Visit) bool {
				return v.EnteredAt.After(incident.First) && v.LeftAt.Before(incident.First.Add(incident.Lasts))
			})
			outside := hurtShare(r.visits, func(v Visit) bool {
				return v.LeftAt.Before(incident.First) || v.EnteredAt.After(incident.First.Add(incident.Lasts+5*time.Minute))
			})
			for step, share := range during {
				if (share > .6) != (step == at) || step != at && share > .07 {
					t.Errorf("during the incident at %s, %s hurts %.1f %%", at, step, 100*share)
				}
			}
			if outside[at] > .05 {
				t.Errorf("outside of its incident %s hurts %.1f %%", at, 100*outside[at])
			}
			for _, v := range r.visits {
				if v.Incident && v.Journey+"/"+v.Step != at {
					t.Fatalf("reported as hit by the incident: %+v", v)
				}
			}
		})
	}
}

func TestAnIncidentDrivesPeopleAway(t *testing.T) {
	reached := func(incidents ...Incident) (payment, confirmation float64) {
		for _, v := range playFor(t, time.Hour, Options{Seed: 23, Rate: 60, Incidents: incidents}).visits {
			switch v.Step {
			case "payment":
				payment++
			case "confirmation":
				confirmation++
			}
		}
		return payment, confirmation
	}
	p, c := reached()
	if c/p < .85 {
		t.Errorf("%v of %v finish on a good day", c, p)
	}
	if p, c = reached(Incident{Journey: "checkout", Step: "payment"}); c/p > .5 {
		t.Errorf("%v of %v finish while payment is broken", c, p)
	}
}

func TestTheSamePeopleComeWithAndWithoutAnIncident(t *testing.T) {
	first := func(incidents ...Incident) map[string]bool {
		entries := map[string]bool{}
		for _, v := range playFor(t, time.Hour, Options{Seed: 24, Users: 1e6, Incidents: incidents}).visits {
			if v.Step == "cart" && v.Session == 1 {
				entries[v.User+v.EnteredAt.String()] = true
			}
		}
		return entries
	}
	calm, broken := first(), first(Incident{Journey: "checkout", Step: "payment"})
	both := 0
	for e := range calm {
		if broken[e] {
			both++
		}
	}
	if both < len(calm)*95/100 {
		t.Errorf("of %d entries into the cart only %d also happen with the incident", len(calm), both)
	}
}

// history is what the collector got of one user, in the order of time.
type history []native

func (d history) within(first, last time.Time, is func(native) bool) (n int) {
	for _, e := range d {
		if !e.Time.Before(first) && !e.Time.After(last) && is(e) {
			n++
		}
	}
	return n
}

func hits(target string) func(native) bool {
	return func(e native) bool { return (e.Type == "click" || e.Type == "tap") && e.Target.ID == target }
}

func views(page string) func(native) bool {
	return func(e native) bool { return (e.Type == "page_view" || e.Type == "screen_view") && e.Page == page }
}

func asks(op string) func(native) bool {
	return func(e native) bool { return (e.Type == "request" || e.Type == "submit") && e.Op == op }
}

func serverFails(e native) bool { return e.Type == "request" && e.Status >= 500 }

func fails(e native) bool {
	return e.Type == "error" || e.Type == "crash" || e.Type == "request" && (e.Status == 0 || e.Status >= 400) ||
		e.Type == "submit" && e.OK != nil && !*e.OK
}

func is(types ...string) func(native) bool {
	return func(e native) bool { return slices.Contains(types, e.Type) }
}

func on(kind, target string) func(native) bool {
	return func(e native) bool { return e.Type == kind && e.Target != nil && e.Target.ID == target }
}

func anything(native) bool { return true }

// shows says whether the events show what an act of the truth says.
func (d history) shows(a Act) bool {
	count := func(is func(native) bool) int { return d.within(a.First, a.Last, is) }
	clicked := d.within(a.First, a.First, hits(a.Target)) >= 1
	switch a.Cause {
	case CauseRetry: // the first that failed may have been before a look elsewhere
		return count(asks(a.Op)) == a.N+1 && d.within(a.First, a.First, fails) >= 1 || count(asks(a.Op)) == a.N
	case CauseRageClick, CauseRageTap, InnocentDoubleClick, InnocentTripleClick, InnocentSelection, InnocentStepper, InnocentPaging,
		InnocentIdleClick, InnocentKeyHeld, InnocentWakeUp, InnocentCarousel, InnocentCalendar, InnocentPlayer, InnocentGame,
		InnocentToggle, InnocentZoom, InnocentModal, InnocentCopy, InnocentDownload, InnocentNewTab, InnocentMailOrPhone, InnocentFilePicker:
		return a.N > 0 && count(hits(a.Target)) == a.N
	case CauseDeadClick:
		return clicked && d.within(a.First, a.First.Add(600*time.Millisecond), is("submit")) == 0
	case CauseErrorClick:
		return (clicked || a.Target == "") && d.within(a.Last, a.Last, fails) >= 1
	case CauseSlow:
		return d.within(a.Last, a.Last.Add(time.Hour), asks(a.Op)) >= 1
	case CauseRepeatedSubmit, CauseRepeatedSearch:
		return count(asks(a.Op)) >= min(a.N, 2)
	case CauseValidationLoop:
		return count(asks(a.Op)) == a.N && count(fails) == a.N
	case CauseRequestStorm:
		return count(asks(a.Op)) == a.N
	case CauseErrorChain:
		return count(serverFails) == a.N
	}
	return d.showsMoves(a)
}

func (d history) showsMoves(a Act) bool {
	count := func(is func(native) bool) int { return d.within(a.First, a.Last, is) }
	switch a.Cause {
	case CausePageLoop, CauseReloadLoop:
		return count(views(a.Page)) >= a.N
	case CauseQuickBack, InnocentReload, InnocentSkim, InnocentWatch:
		return count(views(a.Page)) >= 1
	case CauseDropOff, InnocentCompare:
		return d.within(a.First.Add(-time.Minute), a.First, anything) >= 1
	case InnocentKeyboard:
		return count(func(e native) bool { return e.Keyboard }) == a.N
	case InnocentTabSwitch, InnocentLookUp:
		return count(is("visibility", "lifecycle")) == 2
	case CauseThrashedCursor:
		return count(is("mouse_move")) >= a.N
	case InnocentDrawing, InnocentPointing:
		return count(is("mouse_move")) > 10
	case CauseExcessiveScroll, InnocentRead:
		return count(is("scroll")) > max(a.N, 3)
	case CauseFormAbandonment:
		return count(is("input")) >= a.N
	case CauseFieldReentry:
		return count(on("focus", a.Target)) == a.N
	case CauseHesitation:
		return count(anything) <= 2 && d.within(a.First, a.First, on("focus", a.Target)) == 1
	case InnocentTypo:
		return count(on("focus", a.Target)) == 1 || count(fails) == 1
	case CauseErrorLeave, CauseErrorBounce:
		return d.within(a.First, a.First, fails) >= 1
	case CauseCrash:
		return count(is("crash")) == 1
	case CauseCrashRestart:
		return count(is("crash", "lifecycle")) == 2
	case CauseHang, InnocentJank:
		return count(is("hang")) >= 1
	case InnocentChatter, InnocentUnseen:
		return count(is("request")) >= 1
	case InnocentSuggestion, InnocentOtherSearch:
		return count(is("input")) >= 1
	case CauseHelpSeeking:
		return d.within(a.First, a.Last.Add(5*time.Second), func(e native) bool { return e.Type == "support" || views("/help")(e) || views("Help")(e) }) >= 1
	case CauseNegativeSurvey, InnocentPraise:
		return d.within(a.First.Add(-10*time.Second), a.Last, is("survey")) == 1
	}
	for _, b := range added {
		if b.word == a.Cause {
			return count(is(b.shows)) >= 1
		}
	}
	return false
}

// TestABadDay looks from several sides at one run in which three steps are
// broken and the trackers deliver late and twice.
func TestABadDay(t *testing.T) {
	r := playFor(t, 80*time.Minute, Options{
		Seed: 25, Rate: 60, Disorder: .2, Duplicates: .02, Trouble: 10,
		Incidents: []Incident{
			{Journey: "checkout", Step: "cart", Severity: .3},
			{Journey: "checkout", Step: "payment"},
			{Journey: "sign-up", Step: "details", Severity: .5},
		},
	})
	events := inTimeOrder(t, r.records)
	histories := map[string]history{}
	for _, e := range events {
		histories[e.User] = append(histories[e.User], e)
	}
	t.Run("events_show_the_truth", func(t *testing.T) { eventsShowTheTruth(t, r.visits, histories) })
	t.Run("visits_follow_pages", func(t *testing.T) { visitsFollowPages(t, r.visits, events) })
	t.Run("dead_controls_do_nothing", func(t *testing.T) { deadControlsDoNothing(t, r.visits, histories) })
}

func eventsShowTheTruth(t *testing.T, visits []Visit, histories map[string]history) {
	recorded := map[string]int{}
	for _, v := range visits {
		for _, a := range slices.Concat(v.Causes, v.Innocent) {
			recorded[a.Cause]++
			if a.First.After(a.Last) || a.First.Before(v.EnteredAt) && !slices.Contains(overPages, a.Cause) {
				t.Errorf("%s at an odd time: %s", a.Cause, v.AppendJSON(nil))
			}
			if !histories[v.User].shows(a) {
				t.Errorf("%s of %v is not in the events: %s", a.Cause, a.First, v.AppendJSON(nil))
			}
		}
	}
	for _, word := range allWords() {
		if recorded[word] < 3 {
			t.Errorf("%s was recorded %d times", word, recorded[word])
		}
		delete(recorded, word)
	}
	if len(recorded) > 0 {
		t.Errorf("words that are on no list: %v", recorded)
	}
}

// overPages are acts that may have begun on the page before.
var overPages = []string{CauseErrorChain, CauseErrorLeave, CauseErrorBounce, CauseFormAbandonment}

// allWords are the words of the truth file.
func allWords() []string {
	all := slices.Clone(words)
	for _, b := range added {
		all = append(all, b.word)
	}
	return all
}

var words = []string{
	CauseRetry, CauseRageClick, CauseRageTap, CauseDeadClick, CauseErrorClick, CauseThrashedCursor, CauseExcessiveScroll, CauseQuickBack,
	CausePageLoop, CauseReloadLoop, CauseRepeatedSubmit, CauseValidationLoop, CauseFormAbandonment, CauseFieldReentry, CauseHesitation,
	CauseRepeatedSearch, CauseSlow, CauseErrorLeave, CauseErrorChain, CauseCrash, CauseCrashRestart, CauseHang, CauseRequestStorm,
	CauseErrorBounce, CauseHelpSeeking, CauseNegativeSurvey, CauseDropOff,
	InnocentDoubleClick, InnocentTripleClick, InnocentSelection, InnocentStepper, InnocentPaging, InnocentKeyboard, InnocentIdleClick,
	InnocentCompare, InnocentSkim, InnocentReload, InnocentTabSwitch, InnocentKeyHeld, InnocentWakeUp, InnocentCarousel,
	InnocentCalendar, InnocentPlayer, InnocentGame, InnocentDrawing, InnocentPointing, InnocentToggle, InnocentZoom, InnocentModal,
	InnocentCopy, InnocentDownload, InnocentNewTab, InnocentMailOrPhone, InnocentFilePicker, InnocentRead, InnocentWatch, InnocentTypo,
	InnocentLookUp, InnocentSuggestion, InnocentOtherSearch, InnocentJank, InnocentChatter, InnocentUnseen, InnocentPraise,
}

// visitsFollowPages recomputes the visits from the pages alone.
func visitsFollowPages(t *testing.T, visits []Visit, events []native) {
	type key struct{ user, session, journey, step, entered, left string }
	want := map[key]int{}
	stepOf := map[string]Step{}
	for _, s := range Steps() {
		for _, page := range s.Pages {
			stepOf[page] = s
		}
	}
	open := map[[2]string]*key{} // by session and journey
	last := map[string]time.Time{}
	stamp := func(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
	for _, e := range events {
		if own := e.Type == "mutation" || e.Type == "visibility" || e.Type == "mouse_move" || e.Type == "request"; !own && e.Time.After(last[e.Session]) {
			last[e.Session] = e.Time.Time // the end is what the person did last, not what the app went on to do
		}
		s, ok := stepOf[e.Page]
		if !ok || !views(e.Page)(e) {
			continue
		}
		at := [2]string{e.Session, s.Journey}
		if v := open[at]; v != nil {
			if v.step == s.Step {
				continue
			}
			v.left = stamp(e.Time.Time)
			want[*v]++
		}
		open[at] = &key{user: e.User, session: e.Session, journey: s.Journey, step: s.Step, entered: stamp(e.Time.Time)}
	}
	for at, v := range open {
		v.left = stamp(last[at[0]])
		want[*v]++
	}
	got := 0
	anySession := map[key]int{}
	for v, n := range want {
		v.session = ""
		anySession[v] += n
	}
	for _, v := range visits {
		if v.Journey == SiteJourney {
			continue
		}
		got++
		k := key{v.User, "", v.Journey, v.Step, stamp(v.EnteredAt), stamp(v.LeftAt)}
		if anySession[k] != 1 {
			t.Errorf("the pages do not show this visit: %s", v.AppendJSON(nil))
		}
	}
	if got != len(want) || got < 500 {
		t.Errorf("%d visits reported, %d in the pages", got, len(want))
	}
}

func TestTruthLine(t *testing.T) {
	at := opening.Add(1234 * time.Millisecond)
	v := Visit{
		User: "u0000042", App: "shop", Session: 2, Journey: "checkout", Step: "payment", EnteredAt: at, LeftAt: at.Add(time.Minute),
		Causes: []Act{
			{Cause: CauseRetry, Op: "POST /api/payments", N: 2, First: at, Last: at.Add(time.Second)},
			{Cause: CauseDropOff, Page: "/checkout/payment", First: at, Last: at},
		},
		Failures: []Act{{Cause: FailureRequest, Op: "POST /api/payments", First: at, Last: at}},
		Incident: true, Ended: EndedLeft,
	}
	want := `{"user":"u0000042","app":"shop","session":2,"journey":"checkout","step":"payment",` +
		`"entered_at":"2026-08-20T09:00:01.234Z","left_at":"2026-08-20T09:01:01.234Z","hurt":true,"causes":[` +
		`{"cause":"retry","op":"POST /api/payments","n":2,"first":"2026-08-20T09:00:01.234Z","last":"2026-08-20T09:00:02.234Z"},` +
		`{"cause":"drop_off","page":"/checkout/payment","first":"2026-08-20T09:00:01.234Z","last":"2026-08-20T09:00:01.234Z"}],` +
		`"failures":[{"cause":"failed_request","op":"POST /api/payments","first":"2026-08-20T09:00:01.234Z","last":"2026-08-20T09:00:01.234Z"}],` +
		`"innocent":[],"incident":true,"ended":"left"}`
	got := string(v.AppendJSON(nil))
	if got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Error("not JSON")
	}
}

// deadControlsDoNothing looks at dead clicks on which nothing from before can
// still be having its effect.
func deadControlsDoNothing(t *testing.T, visits []Visit, histories map[string]history) {
	looked := 0
	for _, v := range visits {
		waits := func(c Act) bool { return c.Cause == CauseSlow } // for an answer that may come at any time
		for _, a := range v.Causes {
			if slices.ContainsFunc(v.Causes, waits) {
				break
			}
			before := histories[v.User].within(a.First.Add(-time.Second), a.First.Add(time.Second), hits(a.Target))
			if a.Cause != CauseDeadClick || before > 1 || a.Last.Sub(a.First) < time.Second || histories[v.User].within(a.First, a.First.Add(time.Second), is("error")) > 0 {
				continue
			}
			looked++
			if histories[v.User].within(a.First.Add(1), a.First.Add(700*time.Millisecond), byThePage) > 0 {
				t.Errorf("something came of a dead click: %s", v.AppendJSON(nil))
			}
		}
	}
	if looked < 30 {
		t.Errorf("looked at %d dead clicks", looked)
	}
}

// byThePage is what the page does, and not the person.
func byThePage(e native) bool { return e.Type != "click" && e.Type != "tap" && e.Type != "mouse_move" }
