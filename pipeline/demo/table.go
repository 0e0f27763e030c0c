package demo

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/alert"
	"friction/pipeline/display"
	"friction/pipeline/query"
	"friction/pipeline/simulate"
)

// view is what was read from ClickHouse at one moment.
type view struct {
	now       time.Time
	lasted    time.Duration // since live traffic began
	perSecond float64       // events consumed
	totals    query.Totals
	windows   []query.Window
	usual     map[query.StepName]query.Usual
	incident  simulate.Incident
	alerts    []alert.Alert
	footer    []string
}

// style says how to draw.
type style struct {
	colour bool
	cols   int // of the terminal; lines are cut to fit, but for the footer's, which are there to be copied
}

// The escape sequences of a terminal that are used.
const (
	inRed   = "\x1b[1;31m"
	inGrey  = "\x1b[2m"
	inBold  = "\x1b[1m"
	plainly = "\x1b[0m"
)

// kindColumns are the columns of signals.
func kindColumns() [][2]string {
	return [][2]string{
		{"rage_click", "rage"}, {"dead_click", "dead"}, {"error_click", "error"}, {"retry", "retry"}, {"quick_back", "back"}, {"page_loop", "loop"},
	}
}

// legend explains the numbers.
const legend = "the latest 5 min window of each step; score 0 to 100, low: its lower 95 % bound"

// wideFrom is the width from which each kind of signal has a column of its own.
const wideFrom = 112

// draw is the whole picture, line by line.
func (v *view) draw(s style) []string {
	bad := worst(v.windows, v.usual)
	lines := []string{s.cut(v.headline(), inBold), s.cut(v.verdict(bad), choose(bad != nil, inRed, ""))}
	if incident := v.simulated(); incident != "" {
		lines = append(lines, s.cut(incident, ""))
	}
	alerts, open := alertLines(v.alerts)
	for i, line := range alerts {
		lines = append(lines, s.cut(line, choose(open && i == 0, inRed, inGrey)))
	}
	lines = append(lines, s.cut(legend, inGrey), s.cut(s.titles(), inGrey))
	for _, w := range everyStep(v.windows) {
		colour := ""
		switch {
		case bad != nil && bad.StepName == w.StepName:
			colour = inRed
		case w.Visits < 30:
			colour = inGrey
		}
		lines = append(lines, s.cut(s.row(&w, colour == inRed), colour))
	}
	return lines
}

func choose(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

// headline says how the engine is doing.
func (v *view) headline() string {
	b := strings.Builder{}
	fmt.Fprintf(&b, "live for %s   %.0f events/s   lag %s", short(v.lasted), v.perSecond, grouped(v.totals.Lag))
	if until := v.totals.Until; !until.IsZero() {
		fmt.Fprintf(&b, "   data until %s UTC, %.0f s behind", until.UTC().Format(time.TimeOnly), v.now.Sub(until).Seconds())
	}
	return b.String()
}

// verdict names the worst step, and why.
func (v *view) verdict(bad *query.Window) string {
	if bad == nil {
		return "no step is worse than usual"
	}
	usual := "no history to compare with"
	if u := v.usual[bad.StepName]; u.Windows >= enoughHistory {
		usual = fmt.Sprintf("%.1f ± %.1f is usual", u.Mean, u.SD)
	}
	return fmt.Sprintf("worst step: %s/%s, score %.1f (%s): %s", bad.Journey, bad.Step, bad.Score, usual, wordsOf(bad.Signals))
}

// simulated says what the shop breaks and when; the engine does not know it.
func (v *view) simulated() string {
	i := v.incident
	if i.Step == "" {
		return ""
	}
	since := v.now.Sub(i.First)
	at := i.First
	if since > 0 && i.Every > 0 {
		at = at.Add(since.Truncate(i.Every))
	}
	text := "breaks at"
	switch {
	case since >= 0 && v.now.Before(at.Add(i.Lasts)):
		text = "is broken since"
	case since >= 0:
		at, text = at.Add(i.Every), "breaks again at"
	}
	return fmt.Sprintf("simulated incident: %s/%s %s %s UTC, for %s", i.Journey, i.Step, text, at.UTC().Format(time.TimeOnly), short(i.Lasts))
}

func (s style) wide() bool { return s.cols == 0 || s.cols >= wideFrom }

// titles is the line above the rows.
func (s style) titles() string {
	b := strings.Builder{}
	fmt.Fprintf(&b, "%-8s %-13s%8s%8s%8s", "journey", "step", "visits", "stalled", "dropped")
	if s.wide() {
		for _, k := range kindColumns() {
			fmt.Fprintf(&b, "%6s", k[1])
		}
	} else {
		fmt.Fprintf(&b, "%8s", "signals")
	}
	fmt.Fprintf(&b, "%7s%6s", "score", "low")
	return b.String()
}

// row is one step: its visits, its signals, and its score as a number and as a bar.
func (s style) row(w *query.Window, worst bool) string {
	b := strings.Builder{}
	fmt.Fprintf(&b, "%-8s %-13s%8s%8s%8s", w.Journey, w.Step, count(w.Visits), count(w.Stalled), count(w.Dropped))
	sum := uint64(0)
	for _, k := range kindColumns() {
		if s.wide() {
			fmt.Fprintf(&b, "%6s", count(w.Signals[k[0]]))
		}
		sum += w.Signals[k[0]]
	}
	if !s.wide() {
		fmt.Fprintf(&b, "%8s", count(sum))
	}
	score, low := "–", "–"
	if w.Visits > 0 {
		score = strconv.FormatFloat(w.Score, 'f', 1, 64)
	}
	if w.ScoreLow != nil {
		low = strconv.FormatFloat(*w.ScoreLow, 'f', 1, 64)
	}
	fmt.Fprintf(&b, "%7s%6s  %s", score, low, s.bar(w.Score))
	switch {
	case worst && s.wide():
		b.WriteString(" ◀ worst")
	case worst:
		b.WriteString(" ◀")
	}
	return strings.TrimRight(b.String(), " ")
}

// fullBar is the score at which a bar is full.
const fullBar = 40

// bar shows a score in the width that is left of the terminal.
func (s style) bar(score float64) string {
	room := 16
	switch {
	case s.cols == 0:
	case s.wide():
		room = min(room, s.cols-105)
	default:
		room = min(room, s.cols-71)
	}
	return strings.Repeat("▇", max(0, min(room, int(math.Round(score/fullBar*float64(room))))))
}

// cut makes a line harmless, shortens it to the terminal and colours it.
func (s style) cut(line, colour string) string {
	line = display.Plain(line)
	if r := []rune(line); s.cols > 0 && len(r) > s.cols {
		line = string(r[:s.cols-1]) + "…"
	}
	if colour == "" || !s.colour || line == "" {
		return line
	}
	return colour + line + plainly
}

// shownAlerts is how many alerts the table names.
const shownAlerts = 2

// alertLines are the latest alerts in words, the newest first.
func alertLines(all []alert.Alert) (lines []string, open bool) {
	slices.SortStableFunc(all, func(a, b alert.Alert) int { return cmp.Compare(b.RaisedAt.UnixMilli(), a.RaisedAt.UnixMilli()) })
	for i := range all[:min(len(all), shownAlerts)] {
		a := &all[i]
		lines = append(lines, alertLine(a))
		open = open || a.ResolvedAt.IsZero()
	}
	return lines, open
}

func alertLine(a *alert.Alert) string {
	clock := func(t time.Time) string { return t.UTC().Format(time.TimeOnly) }
	title := strings.TrimPrefix(alert.Compose(alert.LinksConfig{}, a, nil).Title, "Resolved: ")
	if a.ResolvedAt.IsZero() {
		return fmt.Sprintf("ALERT raised %s, since %s UTC: %s", clock(a.RaisedAt), clock(a.Since), title)
	}
	return fmt.Sprintf("alert raised %s, resolved %s UTC: %s", clock(a.RaisedAt), clock(a.ResolvedAt), title)
}
