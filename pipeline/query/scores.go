package query

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Scores asks how much steps hurt during a time, worst first by score_low. From and To are required.
type Scores struct {
	App      string   // empty: every app
	Journeys []string // none: all but "site"
	From, To time.Time
	// Segment is at most one dimension and its value: panes have one dimension at a time.
	Segment map[string]string
	// Dimension gives a row for each of its values.
	Dimension string
	// MinVisits leaves out rows of fewer visits.
	MinVisits uint64
	Limit     int // 0: 50
}

// SQL is the statement that answers q.
func (q Scores) SQL(database string) (string, error) {
	if err := stretch("scores", q.From, q.To); err != nil {
		return "", err
	}
	dimension, where := q.Dimension, []string{fmt.Sprintf("visits >= %d", max(1, q.MinVisits))}
	for k, v := range q.Segment {
		if len(q.Segment) > 1 || dimension != "" && dimension != k {
			return "", errors.New("ask for scores: sums are kept for one dimension at a time; give one --segment, or --by of the same dimension")
		}
		dimension = k
		where = append(where, "value = "+literal(v))
	}
	if q.App != "" {
		where = append(where, "app = "+literal(q.App))
	}
	if len(q.Journeys) > 0 {
		where = append(where, "journey IN "+list(q.Journeys))
	} else {
		where = append(where, "journey != 'site'")
	}
	from, columns := call(database+".step_totals", "from", instant(q.From), "to", instant(q.To)), "app, journey, step"
	if dimension != "" {
		from = call(database+".step_totals_by_value", "from", instant(q.From), "to", instant(q.To), "dimension", literal(dimension))
		columns += ", value AS " + named(dimension)
	}
	return "SELECT " + columns + ", visits, score, score_low, affected_share, advanced, completed, back, dropped, exits, stalled, open, signals,\n" +
		"    dwell_p50_ms, dwell_p95_ms, low_sample, final\nFROM " + from + "\nWHERE " + strings.Join(where, " AND ") +
		"\nORDER BY score_low DESC NULLS LAST, score DESC, app, journey, step_index, step\n" + limited(q.Limit, 50), nil
}

// named quotes a dimension as the name of a column.
func named(dimension string) string { return "`" + strings.ReplaceAll(dimension, "`", "") + "`" }

func limited(n, otherwise int) string {
	if n <= 0 {
		n = otherwise
	}
	return fmt.Sprintf("LIMIT %d", n)
}

func stretch(what string, from, to time.Time) error {
	if from.IsZero() || !to.After(from) {
		return fmt.Errorf("ask for %s: the time must have a beginning and a later end", what)
	}
	return nil
}

// Places asks where friction was found: by kind, page, target and operation, what hurt most first. From and To are
// required.
type Places struct {
	App      string // empty: every app
	From, To time.Time
	Segment  map[string]string
	Journey  string // only what counts for a step of it
	Step     string // of Journey
	Kind     string // only this kind
	Limit    int    // 0: 20
}

// SQL is the statement that answers q.
func (q Places) SQL(database string) (string, error) {
	if err := stretch("places", q.From, q.To); err != nil {
		return "", err
	}
	var where []string
	if q.App != "" {
		where = append(where, "app = "+literal(q.App))
	}
	if q.Kind != "" {
		where = append(where, "kind = "+literal(q.Kind))
	}
	switch {
	case q.Step != "":
		where = append(where, "has(steps, "+literal(q.Journey+"/"+q.Step)+")")
	case q.Journey != "":
		where = append(where, "arrayExists(s -> startsWith(s, "+literal(q.Journey+"/")+"), steps)")
	}
	sql := "SELECT app, kind, page, target, op, found, occurrences, sessions, users, hurt, steps, last_at\nFROM " +
		call(database+".friction_places", "from", instant(q.From), "to", instant(q.To), "segment", pairs(q.Segment))
	if len(where) > 0 {
		sql += "\nWHERE " + strings.Join(where, " AND ")
	}
	return sql + "\nORDER BY hurt DESC, found DESC, app, kind, page, target, op\n" + limited(q.Limit, 20), nil
}

// StepSessions asks for the sessions behind a number of a step, those that hurt most first. Journey, From and To are
// required.
type StepSessions struct {
	App      string // empty: every app
	Journey  string
	Step     string // empty: any
	From, To time.Time
	Outcome  string // of the visit; empty: any
	Signal   string // a kind the visit has; empty: any
	Segment  map[string]string
	Limit    int // 0: 20
}

// SQL is the statement that answers q.
func (q StepSessions) SQL(database string) (string, error) {
	if err := stretch("sessions", q.From, q.To); err != nil {
		return "", err
	}
	if q.Journey == "" {
		return "", errors.New("ask for sessions: name the journey")
	}
	sql := "SELECT app, session_id, user, entered_at, dwell_ms, outcome, stalled, score, signals, segments\nFROM " +
		call(database+".step_sessions", "journey", literal(q.Journey), "step", literal(q.Step), "from", instant(q.From), "to", instant(q.To),
			"outcome", literal(q.Outcome), "signal", literal(q.Signal), "segment", pairs(q.Segment))
	if q.App != "" {
		sql += "\nWHERE app = " + literal(q.App)
	}
	return sql + "\nORDER BY score DESC, entered_at DESC, session_id\n" + limited(q.Limit, 20), nil
}

// JourneyStep is a step of a journey that workers follow now.
type JourneyStep struct {
	App      string `ch:"app"` // empty: all
	Journey  string `ch:"journey"`
	Index    uint16 `ch:"step_index"` // from 0
	Step     string `ch:"step"`
	Required bool   `ch:"required"`
	Mode     string `ch:"mode"` // free, ordered, strict, any_order
}

// JourneySteps lists the steps of the journeys that workers follow now, in order.
func (r *Reader) JourneySteps(ctx context.Context) ([]JourneyStep, error) {
	var out []JourneyStep
	return out, r.ask(ctx, "the journeys", &out, plainSQL("SELECT app, journey, step_index, step, required, mode FROM %s.journey_steps ORDER BY app, journey, step_index"))
}

// plainSQL is a question without values; %s is the database.
type plainSQL string

// SQL is the statement.
func (q plainSQL) SQL(database string) (string, error) { return fmt.Sprintf(string(q), database), nil }

// Extent says what visits there are.
type Extent struct {
	Visits      uint64    `ch:"visits"`
	First, Last time.Time // when the first and the last visit were entered
	Apps        []string  // that have visits
	Dimensions  []string  // that visits have
}

// Extent returns when the first and the last visit were, their apps and their dimensions.
func (r *Reader) Extent(ctx context.Context) (Extent, error) {
	var rows []struct {
		Visits     uint64    `ch:"visits"`
		First      time.Time `ch:"first"`
		Last       time.Time `ch:"last"`
		Apps       []string  `ch:"apps"`
		Dimensions []string  `ch:"dimensions"`
	}
	err := r.ask(ctx, "what there is", &rows, plainSQL("SELECT count() AS visits, min(entered_at) AS first, max(entered_at) AS last, groupUniqArray(100)(toString(app)) AS apps,"+
		" arrayMap(d -> toString(d), groupUniqArrayArray(100)(mapKeys(segments))) AS dimensions FROM %s.step_visits"))
	if err != nil || len(rows) == 0 {
		return Extent{}, err
	}
	x := rows[0]
	return Extent{x.Visits, x.First, x.Last, slices.Sorted(slices.Values(x.Apps)), slices.Sorted(slices.Values(x.Dimensions))}, nil
}

// Journeys lists the names in steps, each once, and for each its steps in order.
func Journeys(steps []JourneyStep) (names []string, of map[string][]string) {
	of = map[string][]string{}
	for _, s := range steps {
		of[s.Journey] = append(of[s.Journey], s.Step)
	}
	return slices.Sorted(maps.Keys(of)), of
}
