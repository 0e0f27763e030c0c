package scenario

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/score"
)

// line is one row of a table: values by column, and what rows are sorted by.
type line struct {
	order  string
	values []string
}

// shownTables say how each table is shown.
var shownTables = map[string]struct {
	columns []string
	lines   func(r *score.Rows, who map[event.Digest]string) []line
}{
	"sessions": {
		[]string{"session", "opened", "started", "ended", "events", "pages", "late", "dup", "capped", "overdue", "offset", "entry", "exit", "signals", "pain", "segments"},
		sessionLines,
	},
	"visits": {
		[]string{"session", "journey", "step", "visit", "entered", "left", "dwell", "outcome", "flags", "signals", "pain", "segments"},
		visitLines,
	},
	"signals": {
		[]string{"session", "kind", "started", "ended", "count", "page", "target", "op", "outcome", "visits", "absorbed", "events"},
		signalLines,
	},
	"windows": {
		[]string{"journey", "step", "start", "part", "visits", "affected", "score", "outcomes", "stalled", "signals"},
		windowLines,
	},
	"panes": {
		[]string{"journey", "step", "start", "dimension", "value", "part", "visits", "affected", "score", "outcomes", "stalled", "signals"},
		paneLines,
	},
	"late": {
		[]string{"topic", "offset", "time", "user", "type", "page", "late_by"},
		lateLines,
	},
	"counters": {nil, nil},
}

// show is the table as aligned text. Columns that no row fills are left out.
func (l *Look) show(r *score.Rows, c *event.Counters) string {
	if l.Table == "counters" {
		return counterLine(c)
	}
	t := shownTables[l.Table]
	lines := slices.DeleteFunc(t.lines(r, names(r)), func(x line) bool {
		for i, column := range t.columns {
			if want, ok := l.where[column]; ok && want != x.values[i] {
				return true
			}
		}
		return false
	})
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.order, b.order) })
	filled := func(i int) bool { return slices.ContainsFunc(lines, func(x line) bool { return x.values[i] != "" }) }
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	write := func(values []string) {
		var shown []string
		for i, v := range values {
			if _, fixed := l.where[t.columns[i]]; filled(i) && !fixed {
				shown = append(shown, cmp.Or(v, "-"))
			}
		}
		fmt.Fprintln(w, strings.Join(shown, "\t"))
	}
	if len(lines) > 0 {
		write(t.columns)
	}
	for _, x := range lines {
		write(x.values)
	}
	_ = w.Flush() // to a strings.Builder
	return trimmed(b.String())
}

// trimmed has no spaces at the ends of lines.
func trimmed(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, x := range lines {
		if rest, ok := strings.CutSuffix(x, "\n"); ok {
			lines[i] = strings.TrimRight(rest, " ") + "\n"
		}
	}
	return strings.Join(lines, "")
}

// names are the sessions by user; those of one user are numbered in the order they opened.
func names(r *score.Rows) map[event.Digest]string {
	type opened struct {
		id   event.Digest
		user string
		at   event.Millis
	}
	first := map[event.Digest]opened{}
	note := func(id event.Digest, user string, at event.Millis) {
		if old, ok := first[id]; !ok || at < old.at {
			first[id] = opened{id, user, at}
		}
	}
	for i := range r.Sessions {
		note(r.Sessions[i].SessionID, r.Sessions[i].User, r.Sessions[i].OpenedAt)
	}
	for i := range r.Visits {
		note(r.Visits[i].SessionID, r.Visits[i].User, r.Visits[i].EnteredAt)
	}
	for i := range r.Signals {
		note(r.Signals[i].SessionID, r.Signals[i].User, r.Signals[i].StartedAt)
	}
	all := make([]opened, 0, len(first))
	for _, x := range first {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b opened) int {
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.at, b.at), cmp.Compare(a.id.String(), b.id.String()))
	})
	out, n := map[event.Digest]string{}, map[string]int{}
	for _, x := range all {
		n[x.user]++
		out[x.id] = x.user
		if n[x.user] > 1 {
			out[x.id] += "#" + strconv.Itoa(n[x.user])
		}
	}
	return out
}

func sessionLines(r *score.Rows, who map[event.Digest]string) (out []line) {
	for i := range r.Sessions {
		s := &r.Sessions[i]
		out = append(out, line{fmt.Sprintf("%020d %s", s.OpenedAt, who[s.SessionID]), []string{
			who[s.SessionID], clock(s.OpenedAt), clock(s.StartedAt), clock(s.EndedAt), number(s.Events), number(s.Pages), number(s.LateJoined),
			number(s.Duplicates), number(s.Capped), yes(s.Overdue), offsetOf(s.ClockOffset), s.EntryPage, s.ExitPage, listed(s.Signals), painOf(s.Pain), segmentsOf(s.Segments),
		}})
	}
	return out
}

// offsetOf shows an offset in ms, and nothing for none.
func offsetOf(offset event.Millis) string {
	if offset == 0 {
		return ""
	}
	return strconv.FormatInt(int64(offset), 10)
}

func visitLines(r *score.Rows, who map[event.Digest]string) (out []line) {
	for i := range r.Visits {
		v := &r.Visits[i]
		dwell := ""
		if ms, ok := v.Dwell(); ok {
			dwell = fmt.Sprint(int64(ms))
		}
		var flags []string
		for _, f := range []struct {
			name string
			on   bool
		}{{"stalled", v.Stalled}, {"midway", v.EnteredMidway}, {"skipped", v.Skipped}, {"resumed", v.Resumed}, {"returned", v.Returned}} {
			if f.on {
				flags = append(flags, f.name)
			}
		}
		out = append(out, line{fmt.Sprintf("%s %s %05d %05d", who[v.SessionID], v.Journey, v.Attempt, v.Visit), []string{
			who[v.SessionID], v.Journey, quoted(v.Step), fmt.Sprintf("%d.%d", v.Attempt, v.Visit), clock(v.EnteredAt), clock(v.LeftAt), dwell,
			v.Outcome.String(), strings.Join(flags, ","), listed(v.Signals), painOf(v.Pain), segmentsOf(v.Segments),
		}})
	}
	return out
}

func signalLines(r *score.Rows, who map[event.Digest]string) (out []line) {
	for i := range r.Signals {
		s := &r.Signals[i]
		var visits []string
		for _, v := range s.Visits {
			visits = append(visits, fmt.Sprintf("%s:%s:%d.%d", v.Journey, quoted(v.Step), v.Attempt, v.Visit))
		}
		slices.Sort(visits)
		out = append(out, line{fmt.Sprintf("%s %020d %s %s", who[s.SessionID], s.StartedAt, s.Kind, visits), []string{
			who[s.SessionID], s.Kind, clock(s.StartedAt), clock(s.EndedAt), fmt.Sprint(s.Count), s.Page, s.Target, strings.ReplaceAll(s.Op, " ", "_"), s.Outcome,
			strings.Join(visits, ","), s.AbsorbedBy, strings.Trim(strings.Join(tables.Given(s.EventIDs), ","), ","),
		}})
	}
	return out
}

func windowLines(r *score.Rows, _ map[event.Digest]string) (out []line) {
	for i := range r.Windows {
		w := &r.Windows[i]
		out = append(out, line{fmt.Sprintf("%s %03d %s %020d %020d", w.Journey, w.StepIndex, w.Step, w.WindowStart, w.Part), append([]string{
			w.Journey, quoted(w.Step), clock(w.WindowStart), partOf(w.Part),
		}, sumColumns(&w.Sums)...)})
	}
	return out
}

func paneLines(r *score.Rows, _ map[event.Digest]string) (out []line) {
	for i := range r.Panes {
		p := &r.Panes[i]
		dimension := p.Dimension
		if dimension == "" {
			dimension = "everyone"
		}
		out = append(out, line{fmt.Sprintf("%s %03d %s %s %020d %s %020d", p.Journey, p.StepIndex, p.Step, p.Dimension, p.PaneStart, p.Value, p.Part), append([]string{
			p.Journey, quoted(p.Step), clock(p.PaneStart), dimension, p.Value, partOf(p.Part),
		}, sumColumns(&p.Sums)...)})
	}
	return out
}

func sumColumns(s *score.Sums) []string {
	var outcomes []string
	for o, n := range s.Outcomes {
		if n > 0 {
			outcomes = append(outcomes, fmt.Sprintf("%s=%d", journey.Outcome(o), n))
		}
	}
	return []string{
		fmt.Sprint(s.Visits), number(s.Affected), strconv.FormatFloat(s.Score(), 'f', -1, 64), strings.Join(outcomes, ","), number(s.Stalled), listed(s.Signals),
	}
}

func lateLines(r *score.Rows, _ map[event.Digest]string) (out []line) {
	for i := range r.Late {
		l := &r.Late[i]
		out = append(out, line{fmt.Sprintf("%s %020d", l.Topic, l.Offset), []string{
			l.Topic, fmt.Sprint(l.Offset), clock(l.EventTime), l.User, l.Type, l.Page, fmt.Sprint(int64(l.LateBy)),
		}})
	}
	return out
}

// counterLine names the counters that are not zero.
func counterLine(c *event.Counters) string {
	var out []string
	v := reflect.ValueOf(*c)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Uint64 && f.Uint() > 0 {
			out = append(out, fmt.Sprintf("%s=%d", v.Type().Field(i).Name, f.Uint()))
		}
	}
	return strings.Join(out, " ") + "\n"
}

func number[T uint32 | uint64](n T) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// partOf is empty for what was counted on time.
func partOf(part event.Millis) string {
	if part == 0 {
		return ""
	}
	return clock(part)
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return ""
}

func quoted(step string) string {
	if step == "" {
		return "''"
	}
	return step
}

func listed(counts []score.Count) string {
	var out []string
	for _, c := range counts {
		out = append(out, fmt.Sprintf("%s=%d", c.Name, c.N))
	}
	return strings.Join(out, ",")
}

func painOf(pain uint32) string {
	if pain == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(pain)/1e6, 'f', -1, 64)
}

func segmentsOf(pairs []score.Pair) string {
	var out []string
	for _, p := range pairs {
		out = append(out, p.Name+"="+p.Value)
	}
	return strings.Join(out, ",")
}
