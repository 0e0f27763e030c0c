package query

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Impact asks how many conversions friction has cost, step by step. Attempts that were hurt on a step are compared
// with the others of their stratum: same values of the dimensions, both entered midway or not, both hurt on an
// earlier step or not. Journey, From and To are required. What it assumes is in docs/data.md.
type Impact struct {
	App        string // empty: every app
	Journey    string
	From, To   time.Time // attempts that entered the step in [From, To) and are over
	Dimensions []string
	Signal     string // only attempts hurt by this kind count as hurt; empty: any pain
}

// StepImpact is the impact on one step.
type StepImpact struct {
	App        string  `ch:"app"`
	Journey    string  `ch:"journey"`
	Step       string  `ch:"step"`
	Index      uint8   `ch:"step_index"`
	Hit        uint64  `ch:"hit"`         // attempts hurt
	Spared     uint64  `ch:"spared"`      // attempts not hurt
	HitRate    float64 `ch:"hit_rate"`    // of the hurt, completed
	SparedRate float64 `ch:"spared_rate"` // of the spared, completed; weighted by the share of the hurt in each stratum
	Unmatched  uint64  `ch:"unmatched"`   // hurt, without any spared attempt to compare with: not in Lost
	Lost       float64 `ch:"lost"`        // conversions
	SE         float64 `ch:"lost_se"`
	Low        float64 `ch:"lost_low"` // of the 95 % interval
	High       float64 `ch:"lost_high"`
	// FewSpared says that Lost is a lower bound: fewer than a third were spared, and they are no fair comparison.
	FewSpared bool   `ch:"few_spared"`
	Before    uint64 `ch:"before"` // attempts in the time of the same length before
	// The completion rate of those, and how many more of the attempts now would have completed at that rate; nil if
	// there were none. It includes everything that changed the rate.
	BeforeRate     *float64 `ch:"before_rate"`
	LostToBefore   *float64 `ch:"lost_to_before"`
	LostToBeforeSE *float64 `ch:"lost_to_before_se"`
}

// Impact returns the steps in order.
func (r *Reader) Impact(ctx context.Context, q Impact) ([]StepImpact, error) {
	var out []StepImpact
	return out, r.ask(ctx, "the impact on "+q.Journey, &out, q)
}

// SQL is the statement that answers q.
func (q Impact) SQL(database string) (string, error) {
	if err := stretch("impact", q.From, q.To); err != nil {
		return "", err
	}
	if q.Journey == "" || q.Journey == "site" {
		return "", errors.New("ask for impact: name a journey that people complete; nothing completes in site")
	}
	return "SELECT app, journey, step, step_index, hit, spared, hit_rate, spared_rate, unmatched, lost, lost_se, lost_low, lost_high,\n    few_spared, before, before_rate, lost_to_before, lost_to_before_se\nFROM " +
		call(database+".impact", "app", literal(q.App), "journey", literal(q.Journey), "from", instant(q.From), "to", instant(q.To),
			"dimensions", list(q.Dimensions), "signal", literal(q.Signal)) + "\nORDER BY app, step_index, step", nil
}

// Spikes asks which steps hurt more than usual: it compares their current window with windows of the same size before
// it. The rule is that of the view spikes. At is required.
type Spikes struct {
	App     string        // empty: every app
	At      time.Time     // end of the current window; a multiple of the slide
	Size    time.Duration // of windows; 0: 15 min
	History time.Duration // 0: 14 days
	// MinVisits is how many visits a window must have to count; 0 is 20.
	MinVisits uint32
	All       bool // also steps that do not stand out
}

// Spike is one step now against its own history.
type Spike struct {
	App        string    `ch:"app"`
	Journey    string    `ch:"journey"`
	Step       string    `ch:"step"`
	Index      uint8     `ch:"step_index"`
	Start      time.Time `ch:"window_start"`
	Visits     uint64    `ch:"visits"`
	Affected   uint64    `ch:"affected"`
	Score      float64   `ch:"score"`
	SE         float64   `ch:"score_se"`
	Usual      float64   `ch:"usual"`  // median of history
	Spread     float64   `ch:"spread"` // of history, in points
	History    uint64    `ch:"history"`
	Above      float64   `ch:"above"` // Score − Usual
	Deviations float64   `ch:"deviations"`
	StandsOut  bool      `ch:"stands_out"`
}

// Spikes returns the steps, those furthest above their usual first.
func (r *Reader) Spikes(ctx context.Context, q Spikes) ([]Spike, error) {
	var out []Spike
	return out, r.ask(ctx, "the spikes", &out, q)
}

// SQL is the statement that answers q.
func (q Spikes) SQL(database string) (string, error) {
	size, history, least := q.Size, q.History, q.MinVisits
	if size == 0 {
		size = 15 * time.Minute
	}
	if history == 0 {
		history = 14 * 24 * time.Hour
	}
	if least == 0 {
		least = 20
	}
	if q.At.IsZero() || size < time.Second || size%time.Second != 0 || history < size {
		return "", errors.New("ask for spikes: want a time, windows of whole seconds, and a history longer than a window")
	}
	sql := "SELECT *\nFROM " + call(database+".spikes", "app", literal(q.App), "at", instant(q.At), "size_seconds", fmt.Sprint(int(size.Seconds())),
		"history_seconds", fmt.Sprint(int(history.Seconds())), "min_visits", fmt.Sprint(least))
	if !q.All {
		sql += "\nWHERE stands_out"
	}
	return sql + "\nORDER BY deviations DESC, app, journey, step_index, step", nil
}
