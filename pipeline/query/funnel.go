package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Mode is how the order of a funnel's steps counts.
type Mode string

// The modes.
const (
	// Ordered: steps in their order, anything in between.
	Ordered Mode = "ordered"
	// Strict: steps in their order, and no other page or step of the journey in between.
	Strict Mode = "strict"
	// AnyOrder: any steps within a window, however they come.
	AnyOrder Mode = "any_order"
)

// Counted is whom a funnel counts.
type Counted string

// Who can be counted.
const (
	Users    Counted = "user"    // across their sessions
	Sessions Counted = "session" // each for itself
)

// The attributions of a breakdown; the number of a step as text is another.
const (
	FirstTouch = "first" // the value at the first step of the attempt
	LastTouch  = "last"  // the value at the furthest step reached
	AllTouches = "all"   // each value has its own funnel, of the events with that value
)

// DefaultWindow is how long after its first step an attempt may convert.
const DefaultWindow = 24 * time.Hour

// Exclusion leaves out visitors whose attempt meets it.
type Exclusion struct {
	// What is page:/help, step:journey/step or signal:kind.
	What string
	// From and To are steps from 1: it counts while an attempt is at a step of From … To − 1. 0, 0: the whole funnel.
	From, To uint8
}

// Funnel asks how far visitors come. Its exact meaning is in docs/data.md. Journey, From and To are required.
type Funnel struct {
	App     string // empty: every app
	Journey string
	// Steps are steps of the journey in the order asked for; empty: those of the journey. For the journey "site" they
	// are pages.
	Steps    []string
	Optional []string // of Steps, may be skipped
	Exclude  []Exclusion
	From, To time.Time     // attempts that begin in [From, To)
	Window   time.Duration // from the first step, inclusive; 0: [DefaultWindow]
	Mode     Mode          // "": Ordered
	By       Counted       // "": Users
	Segment  map[string]string
	// Dimension breaks the funnel down by its values. Attribution says which value of a visitor counts: FirstTouch
	// (""), LastTouch, AllTouches, or the number of a step.
	Dimension, Attribution string
}

// FunnelStep is one step of a funnel, of one value of its dimension.
type FunnelStep struct {
	Value      string  `ch:"value"`       // of the dimension; empty: everyone
	Number     uint8   `ch:"number"`      // from 1
	Step       string  `ch:"step"`        // in any order "any 2 of 4"
	Visitors   uint64  `ch:"visitors"`    // who reached it
	OfFirst    float64 `ch:"of_first"`    // share of the first step's, 0 to 1
	OfPrevious float64 `ch:"of_previous"` // share of those of the required step before
	Dropped    uint64  `ch:"dropped"`     // came no further
	Undecided  uint64  `ch:"undecided"`   // of these, may still continue: their window is not over
	Excluded   uint64  `ch:"excluded"`    // visitors left out because of an exclusion; the same on all rows
	// Times to get here, in milliseconds; nil for the first step and without visitors.
	FromFirstP50    *float64 `ch:"from_first_p50_ms"`
	FromFirstP90    *float64 `ch:"from_first_p90_ms"`
	FromPreviousAvg *float64 `ch:"from_previous_mean_ms"`
	FromPreviousP50 *float64 `ch:"from_previous_p50_ms"`
	FromPreviousP90 *float64 `ch:"from_previous_p90_ms"`
}

// Funnel returns the steps of a funnel in order, value by value, those with most visitors first. No row: nobody began.
func (r *Reader) Funnel(ctx context.Context, q Funnel) ([]FunnelStep, error) {
	var out []FunnelStep
	return out, r.ask(ctx, "the funnel of "+q.Journey, &out, q)
}

// SQL is the statement that answers q.
func (q Funnel) SQL(database string) (string, error) {
	from, err := q.call(database, "funnel")
	if err != nil {
		return "", err
	}
	return "SELECT *\nFROM " + from + "\nORDER BY max(visitors) OVER (PARTITION BY value) DESC, value, number", nil
}

// call is a call of a funnel view with the parameters of q, and more.
func (q Funnel) call(database, view string, more ...string) (string, error) {
	if err := q.check(); err != nil {
		return "", err
	}
	var bars []string
	for _, x := range q.Exclude {
		if x.To == 0 {
			x.From, x.To = 1, 255
		}
		bars = append(bars, fmt.Sprintf("(%s, %d, %d)", literal(x.What), x.From, x.To))
	}
	window := q.Window
	if window == 0 {
		window = DefaultWindow
	}
	parameters := []string{
		"app", literal(q.App), "journey", literal(q.Journey), "steps", list(q.Steps), "optional", list(q.Optional),
		"exclude", "[" + strings.Join(bars, ", ") + "]", "from", instant(q.From), "to", instant(q.To),
		"window_seconds", strconv.FormatInt(int64(window/time.Second), 10),
		"mode", literal(or(string(q.Mode), string(Ordered))), "by", literal(or(string(q.By), string(Users))),
		"segment", pairs(q.Segment), "dimension", literal(q.Dimension), "attribution", literal(or(q.Attribution, FirstTouch)),
	}
	return call(database+"."+view, append(parameters, more...)...), nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// check says what is wrong with a question, in words for the person who asked it.
func (q Funnel) check() error {
	switch {
	case q.Journey == "":
		return errors.New("ask for a funnel: name the journey")
	case q.From.IsZero() || !q.To.After(q.From):
		return errors.New("ask for a funnel: the time must have a beginning and a later end")
	case q.Window < 0 || q.Window%time.Second != 0 || q.Window > 366*24*time.Hour:
		return fmt.Errorf("ask for a funnel: a window of %v is not a whole number of seconds of at most 366 days", q.Window)
	case !slices.Contains([]Mode{"", Ordered, Strict, AnyOrder}, q.Mode):
		return fmt.Errorf("ask for a funnel: the order %q is none of ordered, strict, any_order", q.Mode)
	case !slices.Contains([]Counted{"", Users, Sessions}, q.By):
		return fmt.Errorf("ask for a funnel: what is counted, %q, is none of user, session", q.By)
	case q.Mode == AnyOrder && len(q.Optional) > 0:
		return errors.New("ask for a funnel: in any order no step can be optional; leave it out instead")
	case q.Journey == "site" && len(q.Steps) == 0:
		return errors.New("ask for a funnel: the journey site has every page as a step; say which pages, in order")
	case len(q.Steps) == 1 || len(q.Steps) > 32:
		return fmt.Errorf("ask for a funnel: %d steps are not between 2 and 32", len(q.Steps))
	}
	for i, s := range q.Steps {
		if slices.Contains(q.Steps[:i], s) {
			return fmt.Errorf("ask for a funnel: step %q is there twice", s)
		}
	}
	for _, s := range q.Optional {
		if len(q.Steps) > 0 && (s == q.Steps[0] || !slices.Contains(q.Steps, s)) {
			return fmt.Errorf("ask for a funnel: %q cannot be optional; it is the first step, or none at all", s)
		}
	}
	if err := q.checkExclusions(); err != nil {
		return err
	}
	if _, err := strconv.ParseUint(q.Attribution, 10, 5); err != nil && !slices.Contains([]string{"", FirstTouch, LastTouch, AllTouches}, q.Attribution) {
		return fmt.Errorf("ask for a funnel: the attribution %q is none of first, last, all, or the number of a step", q.Attribution)
	}
	return nil
}

func (q Funnel) checkExclusions() error {
	for _, x := range q.Exclude {
		kind, what, _ := strings.Cut(x.What, ":")
		if what == "" || !slices.Contains([]string{"page", "step", "signal"}, kind) {
			return fmt.Errorf("ask for a funnel: the exclusion %q is none of page:/path, step:journey/step, signal:kind", x.What)
		}
		if x.To > 0 && q.Mode == AnyOrder {
			return errors.New("ask for a funnel: in any order an exclusion cannot be for some of the steps only")
		}
		if x.To > 0 && (x.From < 1 || x.To <= x.From) {
			return fmt.Errorf("ask for a funnel: the exclusion %s is for steps %d to %d; want the number of a step and of a later one", x.What, x.From, x.To)
		}
		if name, ok := strings.CutPrefix(what, q.Journey+"/"); kind == "step" && ok && slices.Contains(q.Steps, name) {
			return fmt.Errorf("ask for a funnel: %q is both a step and excluded", name)
		}
	}
	return nil
}

// FunnelPaths asks for the visitors behind a funnel's numbers.
type FunnelPaths struct {
	Funnel
	Reached uint8 // those whose furthest step is this one; 0: all
	Value   string
	Limit   int // 0: 100
}

// FunnelPath is one visitor of a funnel.
type FunnelPath struct {
	App      string      `ch:"app"`
	Unit     string      `ch:"unit"` // user or session id
	Value    string      `ch:"value"`
	Reached  uint8       `ch:"reached"` // furthest step, from 1; in any order how many
	Excluded bool        `ch:"excluded"`
	Times    []time.Time `ch:"times"` // by step; 1970-01-01 where not reached
	Sessions []uuid.UUID `ch:"sessions"`
}

// FunnelPaths returns visitors, those who began last first.
func (r *Reader) FunnelPaths(ctx context.Context, q FunnelPaths) ([]FunnelPath, error) {
	var out []FunnelPath
	return out, r.ask(ctx, "the visitors of "+q.Journey, &out, q)
}

// SQL is the statement that answers q.
func (q FunnelPaths) SQL(database string) (string, error) {
	from, err := q.call(database, "funnel_paths")
	if err != nil {
		return "", err
	}
	sql := "SELECT app, unit, value, reached, excluded, times, sessions\nFROM " + from
	if q.Reached > 0 {
		sql += fmt.Sprintf("\nWHERE reached = %d AND NOT excluded", q.Reached)
		if q.Dimension != "" {
			sql += " AND value = " + literal(q.Value)
		}
	}
	limit := q.Limit
	if limit == 0 {
		limit = 100
	}
	return fmt.Sprintf("%s\nORDER BY started_at DESC, app, unit\nLIMIT %d", sql, limit), nil
}

// FunnelTimes asks how long visitors of a funnel took from one step to another, as a histogram.
type FunnelTimes struct {
	Funnel
	FromStep, ToStep uint8 // from 1
	Bins             uint8 // 0: 20
}

// SQL is the statement that answers q.
func (q FunnelTimes) SQL(database string) (string, error) {
	if q.FromStep < 1 || q.ToStep <= q.FromStep || len(q.Steps) > 0 && int(q.ToStep) > len(q.Steps) {
		return "", fmt.Errorf("ask for times: from step %d to step %d; want the numbers of a step and of a later one", q.FromStep, q.ToStep)
	}
	bins := q.Bins
	if bins == 0 {
		bins = 20
	}
	from, err := q.call(database, "funnel_times", "from_step", strconv.Itoa(int(q.FromStep)), "to_step", strconv.Itoa(int(q.ToStep)), "bins", strconv.Itoa(int(bins)))
	return "SELECT *\nFROM " + from + "\nORDER BY from_ms", err
}

// FunnelNext asks what visitors who came no further did next.
type FunnelNext struct {
	Funnel
	Reached uint8 // their furthest step; 0: any
	Limit   int   // pages per step; 0: 5
}

// SQL is the statement that answers q.
func (q FunnelNext) SQL(database string) (string, error) {
	from, err := q.call(database, "funnel_next")
	if err != nil {
		return "", err
	}
	sql := "SELECT *\nFROM " + from
	if q.Reached > 0 {
		sql += fmt.Sprintf("\nWHERE number = %d", q.Reached)
	}
	return sql + "\nORDER BY number, visitors DESC, next_page\n" + limited(q.Limit, 5) + " BY number", nil
}
