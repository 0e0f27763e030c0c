package main

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/display"
	"friction/pipeline/query"
)

type funnelCommand struct {
	asking
	period
	Journey     string        `arg:"" help:"Journey, such as checkout; site has every page as a step."`
	Steps       string        `placeholder:"STEP,STEP" help:"Steps to go through, in order (default: those of the journey)."`
	Optional    string        `placeholder:"STEP,STEP" help:"Steps that may be skipped (default: those of the journey)."`
	Exclude     []string      `sep:"none" placeholder:"WHAT" help:"Leave out visitors who meet this: page:/help, step:journey/step, signal:retry; with @2-4 only between these steps; may be repeated (default: none)."`
	Window      string        `default:"24h" help:"How long after the first step an attempt may convert, inclusive."`
	Order       string        `enum:"journey,ordered,strict,any_order" default:"journey" help:"ordered: anything may come in between; strict: no other page or step; any_order; journey: as it is configured."`
	Per         query.Counted `enum:"user,session" default:"user" help:"Count users over their sessions, or each session."`
	Segment     []string      `sep:"none" placeholder:"DIMENSION=VALUE" help:"Only this segment; may be repeated (default: everyone)."`
	By          string        `placeholder:"DIMENSION" help:"One funnel for each value (default: one funnel)."`
	Attribution string        `default:"first" help:"Which value counts for --by: that of the first step, of the last one reached, of a step by number, or all (each value has its own funnel)."`
	Compare     string        `placeholder:"previous|DIMENSION=A,B" help:"Compare with the time before, or two values such as app_version=1.8,1.9 (default: no comparison)."`
	Times       string        `placeholder:"FROM-TO" help:"Histogram of the time between two steps by number, such as 1-4 (default: no histogram)."`
	Next        bool          `help:"What the visitors did next who came no further (default: the funnel)."`
	Reached     int           `placeholder:"STEP" help:"The visitors whose furthest step is this one, by number, with their sessions (default: the funnel)."`
}

func (funnelCommand) Help() string {
	return `How far visitors come in a journey, and how long it takes. An attempt begins with the first step and ends when its window is
over; the attempt of a visitor that came furthest counts. An attempt that was opened at a later step does not begin a funnel.

Example:
  friction funnel checkout --last 7d --by device

More:
  friction funnel checkout --segment device=mobile --compare previous
  friction funnel checkout --exclude page:/help@1-3 --order strict --per session
  friction funnel checkout --reached 3                       visitors who came to step 3 and no further
  friction funnel site --steps /,/cart,/checkout/payment     any pages
  friction funnel checkout --sql                             the query, for your own tools`
}

// Run asks the one question that the flags choose: a comparison, times, what came next, who, or the funnel itself.
func (c funnelCommand) Run(ctx context.Context, w world) error {
	q, err := c.question(time.Now())
	if err != nil {
		return err
	}
	if !c.SQL {
		err = c.reader(ctx, w, func(ctx context.Context, r *query.Reader) error {
			return c.complete(ctx, r, &q)
		})
		if err != nil {
			return err
		}
	}
	empty := nothing("attempt at "+c.Journey, q.From, q.To)
	switch {
	case c.Compare != "":
		return c.compare(ctx, w, q)
	case c.Times != "":
		return c.times(ctx, w, q, empty)
	case c.Next:
		return c.answer(ctx, w, query.FunnelNext{Funnel: q, Reached: uint8(c.Reached)}, empty)
	case c.Reached > 0:
		return c.answer(ctx, w, query.FunnelPaths{Funnel: q, Reached: uint8(c.Reached)}, empty)
	case c.JSON || c.CSV || c.SQL:
		return c.answer(ctx, w, q, empty)
	}
	return c.reader(ctx, w, func(ctx context.Context, r *query.Reader) error {
		got, err := r.Ask(ctx, q)
		if err != nil {
			return err
		}
		c.head(w.answers(), q)
		if err := c.write(ctx, w, r, got, empty); err != nil {
			return err
		}
		notes(w.answers(), got)
		return nil
	})
}

// question reads the flags.
func (c funnelCommand) question(now time.Time) (q query.Funnel, err error) {
	q = query.Funnel{
		App: c.App, Journey: c.Journey, Steps: listed(c.Steps), Optional: listed(c.Optional), Mode: query.Mode(c.Order), By: c.Per,
		Dimension: c.By, Attribution: c.Attribution,
	}
	if c.Order == "journey" {
		q.Mode = query.Ordered
	}
	if q.From, q.To, err = c.bounds(now); err != nil {
		return q, err
	}
	if q.Window, err = parseLength("--window", c.Window); err != nil {
		return q, err
	}
	if q.Segment, err = segmentOf(c.Segment); err != nil {
		return q, err
	}
	for _, text := range c.Exclude {
		x, err := exclusionOf(text)
		if err != nil {
			return q, err
		}
		q.Exclude = append(q.Exclude, x)
	}
	if c.Reached < 0 || c.Reached > 32 {
		return q, misused("--reached %d is not the number of a step", c.Reached)
	}
	if _, err := q.SQL("db"); err != nil {
		return q, usageError{err}
	}
	return q, nil
}

func listed(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// exclusionOf reads WHAT or WHAT@FROM-TO.
func exclusionOf(text string) (x query.Exclusion, err error) {
	what, steps, ranged := strings.Cut(text, "@")
	x.What = what
	if ranged {
		if x.From, x.To, err = between("--exclude", steps); err != nil {
			return x, err
		}
	}
	return x, nil
}

// between reads two numbers of steps, such as 2-4.
func between(flag, text string) (from, to uint8, err error) {
	a, b, _ := strings.Cut(text, "-")
	first, err1 := strconv.ParseUint(a, 10, 5)
	second, err2 := strconv.ParseUint(b, 10, 6)
	if err1 != nil || err2 != nil || first < 1 || second <= first {
		return 0, 0, misused("%s: %q is not the numbers of a step and of a later one, such as 2-4", flag, text)
	}
	return uint8(first), uint8(second), nil
}

// complete takes from the journey what was not given, and refuses what it does not have.
func (c funnelCommand) complete(ctx context.Context, r *query.Reader, q *query.Funnel) error {
	if err := checkJourney(ctx, r, c.Journey, q.Steps...); err != nil {
		return err
	}
	all, err := r.JourneySteps(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Journey == c.Journey && c.Order == "journey" && (s.Mode == string(query.Strict) || s.Mode == string(query.AnyOrder)) {
			q.Mode = query.Mode(s.Mode)
		}
	}
	return nil
}

// head says what is counted.
func (c funnelCommand) head(out *display.Terminal, q query.Funnel) {
	out.Line("%s, %s, by %s, within %s of the first step; attempts begun from %s to %s", c.Journey, strings.ReplaceAll(string(q.Mode), "_", " "),
		q.By, c.Window, moment(q.From), moment(q.To))
}

// notes say what the numbers do not.
func notes(out *display.Terminal, a *query.Answer) {
	var undecided, excluded uint64
	values := map[any]bool{}
	for _, row := range a.Rows {
		undecided += row[a.Column("undecided")].(uint64)
		if value := row[a.Column("value")]; !values[value] {
			values[value] = true
			excluded += row[a.Column("excluded")].(uint64)
		}
	}
	if undecided > 0 {
		out.Line("%d visitors who came no further are still within their window and may continue.", undecided)
	}
	if excluded > 0 {
		out.Line("%d visitors are left out because of an exclusion.", excluded)
	}
}

// times shows how long visitors took between two steps.
func (c funnelCommand) times(ctx context.Context, w world, q query.Funnel, empty func(context.Context, *query.Reader) string) error {
	from, to, err := between("--times", c.Times)
	if err != nil {
		return err
	}
	return c.answer(ctx, w, query.FunnelTimes{Funnel: q, FromStep: from, ToStep: to}, empty)
}

// compare asks the same of two times or two segments.
func (c funnelCommand) compare(ctx context.Context, w world, q query.Funnel) error {
	before, after, err := c.sides(q)
	if err != nil {
		return err
	}
	if c.SQL {
		return c.printSQL(w, before, after)
	}
	return c.reader(ctx, w, func(ctx context.Context, r *query.Reader) error {
		first, err := r.Funnel(ctx, before)
		if err != nil {
			return err
		}
		second, err := r.Funnel(ctx, after)
		if err != nil {
			return err
		}
		empty := nothing("attempt to compare at "+c.Journey, before.From, after.To)
		return c.write(ctx, w, r, query.ChangesTable(query.Compare(first, second)), empty)
	})
}

// sides are the two funnels to compare.
func (c funnelCommand) sides(q query.Funnel) (before, after query.Funnel, err error) {
	before, after = q, q
	if c.By != "" {
		return before, after, misused("--compare and --by do not go together")
	}
	if c.Compare == "previous" {
		before.From, before.To = q.From.Add(-q.To.Sub(q.From)), q.From
		return before, after, nil
	}
	dimension, values, ok := strings.Cut(c.Compare, "=")
	a, b, two := strings.Cut(values, ",")
	if !ok || !two || dimension == "" {
		return before, after, misused("--compare %q is neither previous nor DIMENSION=A,B, such as app_version=1.8,1.9", c.Compare)
	}
	with := func(value string) map[string]string {
		segment := map[string]string{dimension: value}
		maps.Copy(segment, q.Segment)
		return segment
	}
	before.Segment, after.Segment = with(a), with(b)
	return before, after, nil
}
