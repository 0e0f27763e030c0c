package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/config"
	"friction/pipeline/query"
)

// asking are the flags of every command that reads answers.
type asking struct {
	database
	App  string `placeholder:"NAME" help:"Product or tenant (default: every app)."`
	JSON bool   `name:"json" xor:"form" help:"Write a JSON array of objects (default: a table)."`
	CSV  bool   `name:"csv" xor:"form" help:"Write CSV with a header (default: a table)."`
	SQL  bool   `name:"sql" xor:"form" help:"Print the query instead of running it (default: run it)."`
}

// period is a stretch of time to ask about.
type period struct {
	From string `placeholder:"TIME" help:"Beginning: 2026-08-20, 2026-08-20T18:00, with or without a time zone; UTC if none is given (default: --last before --to)."`
	To   string `placeholder:"TIME" help:"End, exclusive (default: now)."`
	Last string `default:"24h" help:"Length of time if there is no --from, such as 90m, 24h, 7d or 4w."`
}

// bounds reads the flags.
func (p period) bounds(now time.Time) (from, to time.Time, err error) {
	to = now
	if p.To != "" {
		if to, err = parseMoment("--to", p.To); err != nil {
			return from, to, err
		}
	}
	if p.From != "" {
		from, err = parseMoment("--from", p.From)
		if err == nil && !from.Before(to) {
			err = misused("--from %s is not before --to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
		}
		return from, to, err
	}
	length, err := parseLength("--last", p.Last)
	return to.Add(-length), to, err
}

var momentForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

func parseMoment(flag, text string) (time.Time, error) {
	if text == "now" {
		return time.Now(), nil
	}
	for _, form := range momentForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, misused("%s %q is not a time; want one like 2026-08-20, 2026-08-20T18:00 or 2026-08-20T18:00:00+02:00", flag, text)
}

// parseLength reads a duration that may be in days or weeks.
func parseLength(flag, text string) (time.Duration, error) {
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if n, err := strconv.ParseFloat(strings.TrimSuffix(text, suffix), 64); err == nil && strings.HasSuffix(text, suffix) && n > 0 {
			return time.Duration(n * float64(unit)), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, misused("%s %q is not a duration; want one like 90m, 24h, 7d or 4w", flag, text)
	}
	return d, nil
}

// segmentOf reads DIMENSION=VALUE pairs.
func segmentOf(flags []string) (map[string]string, error) {
	segment := map[string]string{}
	for _, f := range flags {
		k, v, ok := strings.Cut(f, "=")
		if !ok || k == "" {
			return nil, misused("--segment %q is not DIMENSION=VALUE, such as device=mobile", f)
		}
		segment[k] = v
	}
	return segment, nil
}

// unmigrated are the codes of unknown functions, tables and databases.
var unmigrated = regexp.MustCompile(`code: (46|60|81),`)

// reader opens ClickHouse for reading, for one task.
func (a asking) reader(ctx context.Context, w world, task func(context.Context, *query.Reader) error) error {
	cfg, err := a.load(w, [2]string{"clickhouse.dsn", a.ClickHouse})
	if err != nil {
		return err
	}
	r, err := query.Open(query.Config{DSN: cfg.ClickHouse.DSN, CA: cfg.ClickHouse.TLS.CA, Database: cfg.ClickHouse.Database, Timeout: a.longest()})
	if err != nil {
		return err
	}
	err = task(a.in(ctx, w), r)
	if err != nil && unmigrated.MatchString(err.Error()) {
		err = fmt.Errorf("%w\nTables or views are missing in database %s: run friction migrate up", err, cfg.ClickHouse.Database)
	}
	return errors.Join(err, r.Close())
}

// answer asks one question and writes what comes; empty says what to do when nothing does.
func (a asking) answer(ctx context.Context, w world, q query.Question, empty func(context.Context, *query.Reader) string) error {
	if a.SQL {
		return a.printSQL(w, q)
	}
	if _, err := q.SQL("db"); err != nil {
		return usageError{err}
	}
	return a.reader(ctx, w, func(ctx context.Context, r *query.Reader) error {
		got, err := r.Ask(ctx, q)
		if err != nil {
			return err
		}
		return a.write(ctx, w, r, got, empty)
	})
}

// write writes an answer in the form asked for.
func (a asking) write(ctx context.Context, w world, r *query.Reader, got *query.Answer, empty func(context.Context, *query.Reader) string) error {
	if len(got.Rows) == 0 && empty != nil {
		w.note("%s", empty(ctx, r))
	}
	switch {
	case a.JSON:
		return writeJSON(w.answers(), got)
	case a.CSV:
		return writeCSV(w.answers(), got)
	}
	return writeAnswer(w.answers(), got)
}

// printSQL prints the statements that would run.
func (a asking) printSQL(w world, questions ...query.Question) error {
	cfg, err := a.load(w, [2]string{"clickhouse.dsn", a.ClickHouse})
	if err != nil {
		return err
	}
	for _, q := range questions {
		sql, err := q.SQL(cfg.ClickHouse.Database)
		if err != nil {
			return usageError{err}
		}
		w.answers().Text(sql + ";\n")
	}
	return nil
}

// nothing explains an empty answer about a stretch of time.
func nothing(what string, from, to time.Time) func(context.Context, *query.Reader) string {
	return func(ctx context.Context, r *query.Reader) string {
		text := fmt.Sprintf("No %s between %s and %s.", what, moment(from), moment(to))
		there, err := r.Extent(ctx)
		switch {
		case err != nil:
			return text
		case there.Visits == 0:
			return text + " There are no visits at all: is a worker running (friction run), and is this the right database?"
		}
		return fmt.Sprintf("%s There are %d visits from %s to %s, of app %s, with the dimensions %s: check --from, --last, --app and --segment.",
			text, there.Visits, moment(there.First), moment(there.Last), strings.Join(there.Apps, ", "), strings.Join(there.Dimensions, ", "))
	}
}

// checkJourney refuses a journey nobody knows, naming those that are known.
func checkJourney(ctx context.Context, r *query.Reader, journey string, steps ...string) error {
	if journey == "site" {
		return nil
	}
	all, err := r.JourneySteps(ctx)
	if err != nil || len(all) == 0 {
		return err // nothing has been registered here: the answer will show
	}
	names, of := query.Journeys(all)
	if !slices.Contains(names, journey) {
		return misused("there is no journey %q; known are %s, and site with every page as a step%s", journey, strings.Join(names, ", "), maybe(journey, names))
	}
	for _, s := range steps {
		if s != "" && !slices.Contains(of[journey], s) {
			return misused("journey %s has no step %q; its steps are %s%s", journey, s, strings.Join(of[journey], ", "), maybe(s, of[journey]))
		}
	}
	return nil
}

func maybe(wrong string, names []string) string {
	if name := config.Nearest(wrong, names); name != "" {
		return "; did you mean " + name + "?"
	}
	return ""
}
