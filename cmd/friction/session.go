package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"friction/pipeline/display"
	"friction/pipeline/query"
)

type sessionCommand struct {
	asking
	ID string `arg:"" help:"Session id, as in the tables and in alerts."`
}

func (sessionCommand) Help() string {
	return `The story of one session: its pages and steps, what the customer tried, what failed, and where they gave up. The id is in every
table; friction sessions lists ids.

Example:
  friction session 0f8fad5b-d9cb-469f-a165-70867728950e`
}

func (c sessionCommand) Run(ctx context.Context, w world) error {
	q := query.Timeline{Session: c.ID}
	if c.JSON || c.CSV || c.SQL {
		return c.answer(ctx, w, q, func(context.Context, *query.Reader) string { return unknownSession(c.ID) })
	}
	if _, err := q.SQL("db"); err != nil {
		return usageError{err}
	}
	return c.reader(ctx, w, func(ctx context.Context, r *query.Reader) error {
		moments, err := r.Timeline(ctx, q)
		if err != nil {
			return err
		}
		if len(moments) == 0 {
			return fmt.Errorf("%s", unknownSession(c.ID))
		}
		out := w.answers()
		writeStory(out, c.ID, moments)
		return out.Err()
	})
}

func unknownSession(id string) string {
	return "Nothing is known of session " + id + ": it belongs to a run that is not promoted, is older than the retention, has just begun, or its user was deleted."
}

// writeStory writes what happened, moment by moment.
func writeStory(out *display.Terminal, id string, moments []query.Moment) {
	introduce(out, id, moments)
	for i := range moments {
		m := &moments[i]
		if line := sentence(m, moments); line != "" {
			out.Line("%s  %s", m.At.UTC().Format("15:04:05.0"), line)
		}
	}
	for _, line := range endings(moments) {
		out.Line("%s", line)
	}
}

func introduce(out *display.Terminal, id string, moments []query.Moment) {
	first := &moments[0]
	out.Line("Session %s of %s (app %s), %s UTC", id, first.User, first.App, first.At.UTC().Format("2006-01-02 15:04:05"))
	state := ""
	for i := range moments {
		if m := &moments[i]; m.What == "session" {
			state += fmt.Sprintf("%s, %d events, score %.0f", stayed(m), m.Count, m.Score)
			if m.Outcome == "overdue" {
				state += "; sent long after it happened"
			}
		}
	}
	if state == "" {
		state = "still open, or its row is not written yet"
	}
	if segments := cell("", first.Segments); segments != "" {
		state += "; " + segments
	}
	out.Line("%s", state)
	out.Line("")
}

// sentence is one moment in words; empty for what another line says already.
func sentence(m *query.Moment, all []query.Moment) string {
	switch m.What {
	case "page":
		for i := range all { // a page that is a step is told as the step
			if all[i].What == "step" && all[i].At.Equal(m.At) {
				return ""
			}
		}
		return "page " + m.Page + ended(m)
	case "step":
		page := ""
		for i := range all {
			if all[i].What == "page" && all[i].At.Equal(m.At) {
				page = " on " + all[i].Page
			}
		}
		return "step " + m.Journey + "/" + m.Step + page + ended(m)
	case "signal":
		return "    " + found(m)
	}
	return ""
}

func stayed(m *query.Moment) string {
	if m.Until == nil {
		return "still open"
	}
	return "for " + span(float64(m.Until.Sub(m.At).Milliseconds()))
}

var outcomes = map[string]string{
	"advanced": "went on", "completed": "COMPLETED the journey", "back": "went back", "dropped": "GAVE UP", "exit": "left", "open": "",
}

func ended(m *query.Moment) string {
	parts := []string{}
	for _, s := range []string{stayed(m), outcomes[m.Outcome]} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if m.Score > 0 {
		parts = append(parts, fmt.Sprintf("score %.0f", m.Score))
	}
	return ": " + strings.Join(parts, ", ")
}

// found is a signal in words.
func found(m *query.Moment) string {
	what := strings.ReplaceAll(m.Kind, "_", " ")
	times := ""
	if m.Count > 1 {
		times = fmt.Sprintf(" × %d", m.Count)
	}
	where := ""
	if m.Target != "" {
		where += " at " + m.Target
	}
	if m.Op != "" {
		where += ", " + m.Op
	}
	if m.Page != "" && m.Kind != query.DropOff {
		where += ", on " + m.Page
	}
	lasted := ""
	if m.Until != nil && m.Until.Sub(m.At) >= 100*time.Millisecond {
		lasted = ", " + stayed(m)
	}
	if m.Outcome != "" {
		lasted += ", " + strings.ReplaceAll(m.Outcome, "_", " with ")
	}
	if m.AbsorbedBy != "" {
		lasted += " (counted as " + strings.ReplaceAll(m.AbsorbedBy, "_", " ") + ")"
	}
	return what + times + strings.TrimPrefix(where, ",") + lasted
}

// endings say how each journey of the session ended.
func endings(moments []query.Moment) []string {
	var lines []string
	for i := range moments {
		m := &moments[i]
		switch {
		case m.What != "step":
		case m.Outcome == "dropped":
			before := 0
			for k := range moments {
				if s := &moments[k]; s.What == "signal" && s.AbsorbedBy == "" && s.Kind != query.DropOff && !s.At.Before(m.At) && (m.Until == nil || !s.At.After(*m.Until)) {
					before++
				}
			}
			lines = append(lines, fmt.Sprintf("Gave up at %s/%s after %s there, %s.", m.Journey, m.Step, strings.TrimPrefix(stayed(m), "for "), troubles(before)))
		case m.Outcome == "completed":
			lines = append(lines, "Completed "+m.Journey+".")
		}
	}
	if len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	return lines
}

func troubles(n int) string {
	switch n {
	case 0:
		return "without any signal of trouble"
	case 1:
		return "with 1 signal of trouble"
	}
	return fmt.Sprintf("with %d signals of trouble", n)
}
