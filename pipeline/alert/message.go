package alert

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/notify"
)

// Compose puts a change into words, with ids of sessions that show it.
func Compose(c LinksConfig, a *Change, sessions []string) notify.Message {
	m := notify.Message{Title: title(a), Dashboard: fill(c.Dashboard, a, ""), Runbook: fill(c.Runbook, a, "")}
	m.Lines = append(m.Lines, when(a))
	if who := whom(a); who != "" {
		m.Lines = append(m.Lines, who)
	}
	if len(a.Inhibits) > 0 {
		var names []string
		for _, e := range a.Inhibits {
			names = append(names, e.Journey+"/"+e.Step)
		}
		m.Lines = append(m.Lines, "Felt at "+strings.Join(names, ", ")+", too.")
	}
	if a.State != Resolved && c.Session != "" {
		for _, id := range sessions {
			m.Sessions = append(m.Sessions, fill(c.Session, a, id))
		}
	}
	return m
}

// title says what hurts, and how much.
func title(a *Alert) string {
	over := ""
	if a.State == Resolved {
		over = "Resolved: "
	}
	switch a.Rule {
	case Unreached:
		return fmt.Sprintf("%snobody reaches %s: %s where about %.0f are usual", over, place(a), visits(a.Visits), a.Expected)
	case Absence:
		return fmt.Sprintf("%sno visits of app %s: %s where about %.0f are usual", over, named(a.App), visits(a.Visits), a.Expected)
	case Watermark:
		return fmt.Sprintf("%sdata of group %s stands still: %v behind the clock", over, a.Step, (time.Duration(a.Observed) * time.Second).Round(time.Second))
	}
	if a.Metric == Lost {
		return fmt.Sprintf("%s%s loses people: %s %% stall or leave, %s %% is usual", over, place(a), number(a.Observed), number(a.Expected))
	}
	return fmt.Sprintf("%s%s hurts: score %s, %s is usual", over, place(a), number(a.Observed), number(a.Expected))
}

func place(a *Alert) string {
	text := a.Journey + "/" + a.Step
	if a.App != "" {
		text += " (" + a.App + ")"
	}
	return text
}

func named(app string) string {
	if app == "" {
		return "(without a name)"
	}
	return app
}

func visits(n uint64) string {
	if n == 1 {
		return "1 visit"
	}
	return strconv.FormatUint(n, 10) + " visits"
}

// when says since when, until when, and how many.
func when(a *Alert) string {
	text := "Since " + clock(a.Since)
	if a.State == Resolved {
		text = fmt.Sprintf("From %s to %s, %v", clock(a.Since), clock(a.ResolvedAt), a.ResolvedAt.Sub(a.Since).Round(time.Minute))
	}
	if a.Rule == Friction {
		verb := "hurt"
		if a.Metric == Lost {
			verb = "lost"
		}
		text += fmt.Sprintf(": %s, %d of them %s", visits(a.Visits), a.Hurt, verb)
	}
	return text + "."
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// whom says who is hit, when it is not everyone.
func whom(a *Alert) string {
	switch {
	case a.Dimension == "":
		return ""
	case a.Only:
		return fmt.Sprintf("Only where %s is %s: %s of the visits.", a.Dimension, a.Value, percent(a.Among))
	}
	return fmt.Sprintf("Mostly where %s is %s: %s of the harm, %s of the visits.", a.Dimension, a.Value, percent(a.Explains), percent(a.Among))
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// number writes small values with a decimal.
func number(v float64) string {
	if math.Abs(v) < 10 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// nameOf is what receivers group the alerts of a rule by.
func nameOf(r Rule) string {
	switch r {
	case Unreached:
		return "FrictionStepUnreached"
	case Absence:
		return "FrictionNoVisits"
	case Watermark:
		return "FrictionDataStandsStill"
	}
	return "FrictionStepHurts"
}

// noticeOf is a change as receivers get it.
func noticeOf(c LinksConfig, a *Change, sessions []string) notify.Notice {
	return notify.Notice{
		Message: Compose(c, a, sessions), ID: a.ID, Key: fmt.Sprintf("%s/%d", a.ID, a.Seq), Name: nameOf(a.Rule), State: a.State, Severity: a.Severity,
		App: a.App, Journey: a.Journey, Step: a.Step, Dimension: a.Dimension, Value: a.Value,
		Metric: string(a.Metric), Observed: a.Observed, Expected: a.Expected, Visits: a.Visits, Since: a.Since, ResolvedAt: a.ResolvedAt,
	}
}
