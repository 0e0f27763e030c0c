package query_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/query"
	"friction/pipeline/score"
)

// documented is the shop that the queries of docs/data.md are run on, and all rows it has left.
type documented struct {
	*testcluster.ShopRows
	d       *testcluster.Database
	r       *query.Reader
	now     time.Time
	answers map[int][][]string
	session string // of query 13
}

var queryForm = regexp.MustCompile("(?s)### (\\d+)\\. ([^\n]*)\n.*?```sql\n(.*?)```")

const exampleSession = "0f8fad5b-d9cb-469f-a165-70867728950e"

// Each query of the page returns what its text says, of a shop whose payment step breaks eighty minutes before now.
func TestDocumentedQueries(t *testing.T) {
	page, err := os.ReadFile("../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newDocumented(t)
	checks := []func(*testing.T, [][]string){
		w.completeUntil, w.worstSteps, w.quarters, w.newestFinal, w.devices, w.funnel, w.levels, w.next, w.timeToBuy, w.browsers,
		w.places, w.behind, w.story, w.impact, w.spike, w.ownPain, w.versions, w.sumsAgree, w.sorry, w.accounted,
	}
	found := queryForm.FindAllStringSubmatch(string(page), -1)
	if len(found) != len(checks) {
		t.Fatalf("the page has %d queries, there are %d checks", len(found), len(checks))
	}
	for i, q := range found {
		t.Run(q[1]+" "+q[2], func(t *testing.T) {
			if q[1] != strconv.Itoa(i+1) {
				t.Fatalf("query %s is in place %d", q[1], i+1)
			}
			rows := w.run(q[3])
			w.answers[i+1] = rows
			checks[i](t, rows)
		})
	}
}

func newDocumented(t *testing.T) *documented {
	w := &documented{d: server.Database(t), now: time.Date(2026, 8, 20, 18, 0, 0, 0, time.UTC), answers: map[int][][]string{}}
	start := w.now.Add(-6 * time.Hour)
	o := testcluster.ShopOptions{Seed: 4, Start: start, Until: w.now, Rate: 12, Breaks: "checkout/payment", BreaksAt: w.now.Add(-80 * time.Minute)}
	w.ShopRows = w.d.Shop(o)
	w.r = opened(t, w.d)
	return w
}

// run asks one query of the page, at the shop's now and of the test's database.
func (w *documented) run(sql string) [][]string {
	sql = strings.ReplaceAll(sql, "now()", "toDateTime('"+w.now.Format(time.DateTime)+"', 'UTC')")
	sql = strings.ReplaceAll(strings.ReplaceAll(sql, exampleSession, cmp.Or(w.session, exampleSession)), "friction.", "db.")
	var rows [][]string
	for _, line := range w.d.Ask(sql) {
		rows = append(rows, strings.Split(line, "\t"))
	}
	return rows
}

func (w *documented) ago(d time.Duration) event.Millis {
	return event.Millis(w.now.Add(-d).UnixMilli())
}

// same compares an answer with what was computed from the rows; numbers with a point may differ in the tenth digit.
func same(t *testing.T, got, want [][]string) {
	t.Helper()
	if len(want) == 0 || len(got) != len(want) {
		t.Fatalf("got %v\nwant %v", got, want)
	}
	for i := range want {
		for k := range want[i] {
			g, w := got[i][k], want[i][k]
			x, err1 := strconv.ParseFloat(g, 64)
			y, err2 := strconv.ParseFloat(w, 64)
			if g != w && (err1 != nil || err2 != nil || math.Abs(x-y) > 1e-9*max(1, math.Abs(y))) {
				t.Errorf("row %d: got %v\nwant %v", i, got[i], want[i])
				break
			}
		}
	}
}

func num[T uint64 | int | float64](n T) string { return strconv.FormatFloat(float64(n), 'g', -1, 64) }

func stampText(m event.Millis) string {
	return time.UnixMilli(int64(m)).UTC().Format("2006-01-02 15:04:05.000")
}

// sums adds the panes that fit, by key.
func (w *documented) sums(key func(*score.PaneRow) (string, bool)) map[string]*score.Sums {
	out := map[string]*score.Sums{}
	for i := range w.Rows.Panes {
		p := &w.Rows.Panes[i]
		k, ok := key(p)
		if !ok {
			continue
		}
		s := out[k]
		if s == nil {
			s = &score.Sums{}
			out[k] = s
		}
		s.Visits += p.Sums.Visits
		s.Affected += p.Sums.Affected
		s.Pain += p.Sums.Pain
		s.PainSq += p.Sums.PainSq
		s.Stalled += p.Sums.Stalled
		for o, n := range p.Sums.Outcomes {
			s.Outcomes[o] += n
		}
	}
	return out
}

func (w *documented) completeUntil(t *testing.T, got [][]string) {
	same(t, got, [][]string{{stampText(w.ago(10 * time.Second)), "10000", "2"}})
}

func (w *documented) worstSteps(t *testing.T, got [][]string) {
	sums := w.sums(func(p *score.PaneRow) (string, bool) {
		return p.Journey + "\t" + p.Step, p.Journey != "site" && p.Dimension == "" && p.PaneStart >= w.ago(time.Hour)
	})
	maps.DeleteFunc(sums, func(_ string, s *score.Sums) bool { return s.LowSample() })
	low := func(k string) float64 { l, _ := sums[k].ScoreLow(); return l }
	var want [][]string
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		return cmp.Or(cmp.Compare(low(b), low(a)), cmp.Compare(sums[b].Score(), sums[a].Score()))
	}) {
		name, step, _ := strings.Cut(k, "\t")
		want = append(want, []string{name, step, num(sums[k].Visits), num(math.Round(sums[k].Score()*10) / 10), num(math.Round(low(k)*10) / 10)})
	}
	same(t, got, want[:min(10, len(want))])
	if want[0][1] != "payment" {
		t.Errorf("the step that breaks is not the worst: %v", want[0])
	}
}

func (w *documented) quarters(t *testing.T, got [][]string) {
	sums := w.sums(func(p *score.PaneRow) (string, bool) {
		return stampText(p.PaneStart - p.PaneStart%900_000), p.Journey == "checkout" && p.Step == "payment" && p.Dimension == ""
	})
	var want [][]string
	for _, k := range slices.Sorted(maps.Keys(sums)) {
		s := sums[k]
		want = append(want, []string{k, num(s.Visits), num(s.Score()), num(s.Outcomes[4]), num(s.Stalled)})
	}
	same(t, got, want)
	if len(got) != 24 {
		t.Errorf("%d quarters of six hours", len(got))
	}
}

func (w *documented) newestFinal(t *testing.T, got [][]string) {
	newest := map[string]*score.WindowRow{}
	index := map[string]uint8{}
	for i := range w.Rows.Windows {
		v := &w.Rows.Windows[i]
		end := v.WindowStart + v.Size
		if v.Journey == "checkout" && v.WindowStart > w.ago(6*time.Hour) && v.Sums.Final(end, w.Emitted-1_860_000) && (newest[v.Step] == nil || newest[v.Step].WindowStart < v.WindowStart) {
			newest[v.Step], index[v.Step] = v, v.StepIndex
		}
	}
	var want [][]string
	for _, step := range slices.SortedFunc(maps.Keys(newest), func(a, b string) int { return cmp.Compare(index[a], index[b]) }) {
		v := newest[step]
		want = append(want, []string{step, stampText(v.WindowStart), num(v.Sums.Score()), num(v.Sums.Visits)})
	}
	same(t, got, want)
}

func (w *documented) devices(t *testing.T, got [][]string) {
	sums := w.sums(func(p *score.PaneRow) (string, bool) {
		return p.Value, p.Journey == "checkout" && p.Step == "payment" && p.Dimension == "device"
	})
	var want [][]string
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b string) int { return cmp.Compare(sums[b].Visits, sums[a].Visits) }) {
		want = append(want, []string{k, num(sums[k].Visits), num(sums[k].Affected), num(sums[k].Score())})
	}
	same(t, got, want)
}

var checkoutSteps = []string{"cart", "address", "payment", "confirmation"}

// walked plays the shop's visits through the oracle of funnels; value is a dimension.
func (w *documented) walked(dimension string) map[string]walked {
	var events []happened
	for i := range w.Rows.Visits {
		v := &w.Rows.Visits[i]
		if v.Journey != "checkout" {
			continue
		}
		h := happened{at: int64(v.EnteredAt), user: v.User, journey: v.Journey, name: v.Step, midway: v.EnteredMidway}
		for _, s := range v.Segments {
			if s.Name == dimension {
				h.device = s.Value
			}
		}
		events = append(events, h)
	}
	q := query.Funnel{Journey: "checkout", From: w.now.Add(-6 * time.Hour), To: w.now, Window: time.Hour, Mode: query.Ordered, Dimension: dimension}
	return oracle{q, checkoutSteps}.all(events)
}

func (w *documented) reached(dimension string) map[string][5]uint64 {
	out := map[string][5]uint64{}
	for _, x := range w.walked(dimension) {
		n := out[x.value]
		n[x.reached]++
		out[x.value] = n
	}
	return out
}

func (w *documented) funnel(t *testing.T, got [][]string) {
	n := w.reached("")[""]
	var want [][]string
	visitors, first := uint64(0), n[1]+n[2]+n[3]+n[4]
	for i, step := range checkoutSteps {
		if visitors = first; i > 0 {
			visitors = 0
			for k := i + 1; k <= 4; k++ {
				visitors += n[k]
			}
		}
		dropped := n[i+1]
		if i == 3 {
			dropped = 0
		}
		want = append(want, []string{num(i + 1), step, num(visitors), num(float64(visitors) / float64(first)), num(dropped)})
	}
	same(t, got, want)
	if visitors < 300 {
		t.Errorf("only %d bought", visitors)
	}
}

func (w *documented) levels(t *testing.T, got [][]string) {
	n := w.reached("")[""]
	var want [][]string
	for level := 1; level <= 4; level++ {
		want = append(want, []string{num(level), num(n[level])})
	}
	same(t, got, want)
}

func (w *documented) next(t *testing.T, got [][]string) {
	paths, err := w.r.FunnelPaths(t.Context(), query.FunnelPaths{
		Funnel:  query.Funnel{App: "shop", Journey: "checkout", From: w.now.Add(-6 * time.Hour), To: w.now, Window: time.Hour},
		Reached: 3, Limit: 1_000_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string][]*score.VisitRow{}
	for i := range w.Rows.Visits {
		if v := &w.Rows.Visits[i]; v.Journey == "site" {
			pages[v.SessionID.String()] = append(pages[v.SessionID.String()], v)
		}
	}
	counts := map[string]int{}
	for _, p := range paths {
		where, when := "(gone)", event.Millis(math.MaxInt64)
		for _, v := range pages[p.Sessions[2].String()] {
			if v.EnteredAt > event.Millis(p.Times[2].UnixMilli()) && v.EnteredAt < when {
				where, when = v.Step, v.EnteredAt
			}
		}
		counts[where]++
	}
	var want [][]string
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) }) {
		want = append(want, []string{k, num(counts[k])})
	}
	same(t, got, want)
}

func (w *documented) timeToBuy(t *testing.T, got [][]string) {
	var took []float64
	for _, x := range w.walked("") {
		if x.reached == 4 {
			took = append(took, float64(x.times[3]-x.times[0])/1000)
		}
	}
	slices.Sort(took)
	at := func(q float64) float64 {
		h := q * float64(len(took)-1)
		low := int(h)
		return took[low] + (h-float64(low))*(took[min(low+1, len(took)-1)]-took[low])
	}
	cells := strings.Split(strings.Trim(got[0][1], "[]"), ",")
	same(t, [][]string{append([]string{got[0][0]}, cells...)}, [][]string{{num(len(took)), num(at(.5)), num(at(.9)), num(at(.99))}})
}

func (w *documented) browsers(t *testing.T, got [][]string) {
	by := w.reached("browser")
	began := func(k string) uint64 { n := by[k]; return n[1] + n[2] + n[3] + n[4] }
	var want [][]string
	for _, k := range slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(cmp.Compare(began(b), began(a)), strings.Compare(a, b)) }) {
		want = append(want, []string{k, num(began(k)), num(by[k][4]), num(float64(by[k][4]) / float64(began(k)))})
	}
	same(t, got, want)
}

func (w *documented) places(t *testing.T, got [][]string) {
	type place struct {
		found    int
		sessions map[event.Digest]bool
		counts   bool
		kind     string
	}
	all := map[string]*place{}
	for i := range w.Rows.Signals {
		s := &w.Rows.Signals[i]
		if s.AbsorbedBy != "" || s.StartedAt < w.ago(time.Hour) {
			continue
		}
		key := strings.Join([]string{s.Kind, s.Page, s.Target, s.Op}, "\t")
		p := all[key]
		if p == nil {
			p = &place{sessions: map[event.Digest]bool{}, kind: s.Kind}
			all[key] = p
		}
		p.found++
		p.sessions[s.SessionID] = true
		for _, v := range s.Visits {
			p.counts = p.counts || v.Journey == "checkout" && v.Step == "payment"
		}
	}
	maps.DeleteFunc(all, func(_ string, p *place) bool { return !p.counts })
	hurt := func(k string) float64 { return float64(all[k].found) * w.Weights[all[k].kind] }
	var want [][]string
	for _, k := range slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Or(cmp.Compare(hurt(b), hurt(a)), strings.Compare(a, b)) }) {
		want = append(want, append(strings.Split(k, "\t"), num(all[k].found), num(len(all[k].sessions)), num(hurt(k))))
	}
	same(t, got, want[:5])
}

func (w *documented) behind(t *testing.T, got [][]string) {
	worst := map[event.Digest]*score.VisitRow{}
	for i := range w.Rows.Visits {
		v := &w.Rows.Visits[i]
		retried := slices.ContainsFunc(v.Signals, func(c score.Count) bool { return c.Name == "retry" })
		if v.Journey != "checkout" || v.Step != "payment" || v.EnteredAt < w.ago(time.Hour) || v.Outcome.String() != "dropped" || !retried {
			continue
		}
		if b := worst[v.SessionID]; b == nil || v.Pain > b.Pain || v.Pain == b.Pain && v.EnteredAt > b.EnteredAt {
			worst[v.SessionID] = v
		}
	}
	list := slices.SortedFunc(maps.Values(worst), func(a, b *score.VisitRow) int {
		return cmp.Or(cmp.Compare(b.Pain, a.Pain), cmp.Compare(a.EnteredAt, b.EnteredAt))
	})
	var want [][]string
	for _, v := range list[:min(10, len(list))] {
		want = append(want, []string{v.SessionID.String(), v.User, stampText(v.EnteredAt), num(float64(v.Pain) / 10000)})
	}
	same(t, got, want)
	w.session = got[0][0]
}

func (w *documented) story(t *testing.T, got [][]string) {
	visits, signals := 0, 0
	for i := range w.Rows.Visits {
		if w.Rows.Visits[i].SessionID.String() == w.session {
			visits++
		}
	}
	for i := range w.Rows.Signals {
		if w.Rows.Signals[i].SessionID.String() == w.session {
			signals++
		}
	}
	seen := map[string]int{}
	gaveUp := false
	for i, row := range got {
		seen[row[1]]++
		gaveUp = gaveUp || row[2] == "checkout/payment" && row[7] == "dropped"
		if i > 0 && row[0] < got[i-1][0] {
			t.Errorf("%v comes after %v", row, got[i-1])
		}
	}
	if seen["session"] != 1 || seen["page"]+seen["step"] != visits || seen["signal"] != signals || signals < 2 || !gaveUp {
		t.Errorf("%v: want a session, %d visits, %d signals, and that it gave up at payment, in\n%v", seen, visits, signals, got)
	}
}

func (w *documented) impact(t *testing.T, got [][]string) {
	lost := w.attemptsLost()
	for _, row := range got {
		value, err := strconv.ParseFloat(row[5], 64)
		if want := lost[row[0]]; err != nil || math.Abs(value-want) > 1e-6 {
			t.Errorf("%v: lost %v, want %v", row, value, want)
		}
	}
	if len(got) != 4 || got[2][0] != "payment" || strings.HasPrefix(got[2][6], "-") {
		t.Errorf("the step that breaks costs conversions beyond doubt: %v", got)
	}
}

// attemptRows is one attempt at a journey, put together from its rows.
type attemptRows struct {
	visits     []*score.VisitRow
	done, open bool
	hurtAt     map[string]event.Millis // first signal that weighs anything, by step
}

// attemptsAt puts the attempts at checkout together.
func (w *documented) attemptsAt() map[string]*attemptRows {
	attempts := map[string]*attemptRows{}
	of := func(session event.Digest, number uint16) *attemptRows {
		key := fmt.Sprint(session, number)
		if attempts[key] == nil {
			attempts[key] = &attemptRows{hurtAt: map[string]event.Millis{}}
		}
		return attempts[key]
	}
	for i := range w.Rows.Visits {
		v := &w.Rows.Visits[i]
		if v.Journey != "checkout" {
			continue
		}
		a := of(v.SessionID, v.Attempt)
		a.visits = append(a.visits, v)
		a.done = a.done || v.Outcome.String() == "completed"
		a.open = a.open || v.Outcome.String() == "open"
	}
	for i := range w.Rows.Signals {
		s := &w.Rows.Signals[i]
		for _, v := range s.Visits {
			if v.Journey != "checkout" || s.AbsorbedBy != "" || w.Weights[s.Kind] == 0 {
				continue
			}
			a := of(s.SessionID, v.Attempt)
			if at, ok := a.hurtAt[v.Step]; !ok || s.StartedAt < at {
				a.hurtAt[v.Step] = s.StartedAt
			}
		}
	}
	return attempts
}

// onStep is what impact knows of an attempt on one step.
type onStep struct {
	stratum    string
	hurt, done bool
	until      event.Millis // hurt, or gone, so long after coming
}

func (a *attemptRows) steps() map[string]*onStep {
	slices.SortFunc(a.visits, func(x, y *score.VisitRow) int { return cmp.Compare(x.Visit, y.Visit) })
	steps, came, pain := map[string]*onStep{}, map[string]event.Millis{}, false
	for _, v := range a.visits {
		s := steps[v.Step]
		if s == nil {
			device := ""
			for _, d := range v.Segments {
				if d.Name == "device" {
					device = d.Value
				}
			}
			s = &onStep{stratum: fmt.Sprint(device, v.EnteredMidway, pain), done: a.done}
			steps[v.Step], came[v.Step] = s, v.EnteredAt
		}
		s.hurt = s.hurt || v.Pain > 0
		pain = pain || v.Pain > 0
		s.until = max(s.until, min(v.LeftAt-came[v.Step], 86_400_000))
	}
	for step, s := range steps {
		if s.hurt {
			s.until = a.hurtAt[step] - came[step]
		}
	}
	return steps
}

// attemptsLost computes the conversions lost of each step of checkout: each attempt hurt against all of its stratum that
// were spared and there at least as long, in powers of two of seconds.
func (w *documented) attemptsLost() map[string]float64 {
	by := map[string][]*onStep{}
	for _, a := range w.attemptsAt() {
		if len(a.visits) == 0 || a.open && !a.done {
			continue
		}
		for step, s := range a.steps() {
			by[step] = append(by[step], s)
		}
	}
	lost := map[string]float64{}
	for step, all := range by {
		for _, h := range all {
			least := event.Millis(0)
			for edge := event.Millis(1000); edge <= h.until && edge <= 1000<<11; edge *= 2 {
				least = edge
			}
			spared, done := 0., 0.
			for _, s := range all {
				if h.hurt && !s.hurt && s.stratum == h.stratum && s.until >= least {
					spared++
					if s.done {
						done++
					}
				}
			}
			if spared > 0 {
				lost[step] += done / spared
				if h.done {
					lost[step]--
				}
			}
		}
	}
	return lost
}

func (w *documented) spike(t *testing.T, got [][]string) {
	if len(got) != 1 || got[0][0] != "checkout" || got[0][1] != "payment" {
		t.Errorf("only payment is broken: %v", got)
	}
}

func (w *documented) ownPain(t *testing.T, got [][]string) {
	hurt := 0
	for i := range w.Rows.Visits {
		if w.Rows.Visits[i].Pain > 0 {
			hurt++
		}
	}
	if len(got) != 0 || hurt < 100 {
		t.Errorf("of %d visits with pain these differ: %v", hurt, got)
	}
}

func (w *documented) versions(t *testing.T, got [][]string) {
	type tally struct{ visits, dropped, score float64 }
	by := map[string]*tally{}
	for i := range w.Rows.Visits {
		v := &w.Rows.Visits[i]
		if v.Journey != "checkout" || v.Step != "payment" || v.Outcome.String() == "open" {
			continue
		}
		version := ""
		for _, s := range v.Segments {
			if s.Name == "app_version" {
				version = s.Value
			}
		}
		if by[version] == nil {
			by[version] = &tally{}
		}
		by[version].visits++
		by[version].score += float64(v.Pain) / 10000
		if v.Outcome.String() == "dropped" {
			by[version].dropped++
		}
	}
	var want [][]string
	for _, k := range slices.Sorted(maps.Keys(by)) {
		x := by[k]
		want = append(want, []string{k, num(x.visits), num(x.dropped), num(x.dropped / x.visits), num(x.score / x.visits)})
	}
	same(t, got, want)
}

func (w *documented) sumsAgree(t *testing.T, got [][]string) {
	if len(got) != 0 {
		t.Errorf("these differ: %v", got)
	}
}

func (w *documented) sorry(t *testing.T, got [][]string) {
	worst, sessions := map[string]uint32{}, map[string]int{}
	for i := range w.Rows.Sessions {
		s := &w.Rows.Sessions[i]
		worst[s.User] = max(worst[s.User], s.Pain)
		sessions[s.User]++
	}
	var want [][]string
	for _, k := range slices.SortedFunc(maps.Keys(worst), func(a, b string) int { return cmp.Or(cmp.Compare(worst[b], worst[a]), strings.Compare(a, b)) })[:20] {
		want = append(want, []string{k, num(sessions[k]), num(float64(worst[k]) / 10000)})
	}
	same(t, got, want)
}

func (w *documented) accounted(t *testing.T, got [][]string) {
	row := got[0]
	sum := 0
	for _, cell := range row[1:8] {
		n, err := strconv.Atoi(cell)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if row[0] != num(w.Records) || sum != int(w.Records) || row[8] != "0" {
		t.Errorf("%v: want %d records, all accounted for", row, w.Records)
	}
}
