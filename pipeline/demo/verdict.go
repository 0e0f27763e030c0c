package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"friction/pipeline/alerter"
	"friction/pipeline/query"
	"friction/pipeline/simulate"
)

// What it takes to call a step the worst one: tried on the shop with its incident at each of the steps and without, for
// many seeds and moments.
const (
	// enoughVisits is how many visits a window must have to be judged.
	enoughVisits = 10
	// openFor is how long a window must have been open: visits that have just begun have not had time to hurt.
	openFor = 45 * time.Second
	// historyEnds is how long before the first live traffic the history of a step ends.
	historyEnds = 10 * time.Minute
	// enoughHistory is how many windows of history it takes to know what is usual; with fewer, any friction is unusual.
	enoughHistory = 20
	// deviations is how far above the mean of its history a step stands out.
	deviations = 3
	// demoWindow is the size of the windows, by default.
	demoWindow = 5 * time.Minute
)

// threshold is what a step's score_low must exceed to stand out.
func threshold(u query.Usual) float64 {
	if u.Windows < enoughHistory {
		return 0
	}
	return u.Mean + deviations*u.SD
}

// standsOut reports whether a step is worse than usual for it, beyond doubt: even the low end of its score is.
func standsOut(w *query.Window, u query.Usual) bool {
	return w.EnoughToSay && w.ScoreLow != nil && *w.ScoreLow > threshold(u)
}

// worst is the step of the highest score_low among those that stand out; nil when none does.
func worst(windows []query.Window, usual map[query.StepName]query.Usual) *query.Window {
	var found *query.Window
	for i := range windows {
		w := &windows[i]
		if standsOut(w, usual[w.StepName]) && (found == nil || *w.ScoreLow > *found.ScoreLow) {
			found = w
		}
	}
	return found
}

// Summary is what ClickHouse holds when the demo ends.
type Summary struct {
	// WorstStep is, of the latest windows with enough visits, the one of the highest score_low among those that stand
	// above what is usual for their step; nil when none does.
	WorstStep *Step `json:"worst_step"`
	// Alerts are those that were raised or resolved since live traffic began, the oldest first.
	Alerts []alerter.Shown `json:"alerts"`
	// Incidents are those that have begun by DataUntil, the oldest first: the truth that alerts are to find.
	Incidents []Incident `json:"incidents"`
	// Steps has every step of the configured journeys, in order.
	Steps           []Step    `json:"steps"`
	Events          uint64    `json:"events"`            // records consumed
	Sessions        uint64    `json:"sessions"`          // opened, of which some may still be open
	Rejected        uint64    `json:"rejected"`          // records that could not become events
	Late            uint64    `json:"late"`              // events whose session was closed for good
	EventsPerSecond float64   `json:"events_per_second"` // of loading the history, until all of it was in ClickHouse
	DataUntil       time.Time `json:"data_until"`        // event time up to which the numbers are complete
}

// Step is one step in one window.
type Step struct {
	Journey     string            `json:"journey"`
	Step        string            `json:"step"`
	Score       float64           `json:"score"`
	ScoreLow    float64           `json:"score_low"`
	Visits      uint64            `json:"visits"`
	Stalled     uint64            `json:"stalled"`
	Dropped     uint64            `json:"dropped"`
	Signals     map[string]uint64 `json:"signals"`
	WindowStart *time.Time        `json:"window_start"` // nil for a step without any visit lately
	StandsOut   bool              `json:"stands_out"`
	Usual       Usual             `json:"usual"`
}

// Incident is a time in which a step was broken.
type Incident struct {
	Journey string    `json:"journey"`
	Step    string    `json:"step"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"` // it may still be to come
}

// incidentsOf lists each time of an incident that has begun.
func incidentsOf(i simulate.Incident, until time.Time) []Incident {
	all := []Incident{}
	if i.Step == "" {
		return all
	}
	for at := i.First; at.Before(until); at = at.Add(i.Every) {
		all = append(all, Incident{i.Journey, i.Step, at, at.Add(i.Lasts)})
	}
	return all
}

// Usual is the history that a step is compared with.
type Usual struct {
	Windows uint64  `json:"windows"`
	Mean    float64 `json:"score"`
	SD      float64 `json:"score_sd"`
}

// summary reads everything from ClickHouse.
func (d *demo) summary(ctx context.Context) (*Summary, error) {
	totals, err := d.reader.Totals(ctx, demoGroup)
	if err != nil {
		return nil, err
	}
	windows, err := d.latest(ctx, totals.Until)
	if err != nil {
		return nil, err
	}
	usual, err := d.usual(ctx)
	if err != nil {
		return nil, err
	}
	s := &Summary{
		Events: totals.Consumed, Sessions: totals.SessionsOpened, Rejected: totals.Rejected, Late: totals.Late,
		EventsPerSecond: float64(int64(d.state.perSecond())), DataUntil: totals.Until.UTC(), Alerts: alerter.ShowAll(d.alerts.list()),
		Incidents: incidentsOf(d.incident, totals.Until),
	}
	for _, w := range everyStep(windows) {
		s.Steps = append(s.Steps, demoStep(&w, usual[w.StepName]))
	}
	if w := worst(windows, usual); w != nil {
		step := demoStep(w, usual[w.StepName])
		s.WorstStep = &step
	}
	return s, nil
}

func demoStep(w *query.Window, u query.Usual) Step {
	s := Step{
		Journey: w.Journey, Step: w.Step, Score: w.Score, Visits: w.Visits, Stalled: w.Stalled, Dropped: w.Dropped, Signals: w.Signals,
		StandsOut: standsOut(w, u), Usual: Usual{Windows: u.Windows, Mean: u.Mean, SD: u.SD},
	}
	if w.ScoreLow != nil {
		s.ScoreLow = *w.ScoreLow
	}
	if s.Signals == nil {
		s.Signals = map[string]uint64{}
	}
	if !w.Start.IsZero() {
		at := w.Start.UTC()
		s.WindowStart = &at
	}
	return s
}

// everyStep puts the windows in the order of the shop's steps, with an empty one for each step that has none.
func everyStep(windows []query.Window) []query.Window {
	at := map[query.StepName]query.Window{}
	for _, w := range windows {
		at[w.StepName] = w
	}
	var all []query.Window
	for _, s := range simulate.Steps() {
		w := at[query.StepName{Journey: s.Journey, Step: s.Step}]
		w.Journey, w.Step = s.Journey, s.Step
		all = append(all, w)
	}
	return all
}

// tell writes the summary: for people, or as one line for programs.
func (d *demo) tell(s *Summary) error {
	if d.o.JSON {
		b, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("encode the summary: %w", err)
		}
		if _, err := fmt.Fprintf(d.o.Out, "%s\n", b); err != nil {
			return fmt.Errorf("write the summary: %w", err)
		}
		return nil
	}
	if w := s.WorstStep; w != nil {
		d.screen.say("Worst step: %s/%s, score %.1f where %.1f is usual: %d visits since %s UTC, %s; %d stalled, %d dropped off so far.",
			w.Journey, w.Step, w.Score, w.Usual.Mean, w.Visits, w.WindowStart.Format(time.TimeOnly), wordsOf(w.Signals), w.Stalled, w.Dropped)
	} else {
		d.screen.say("No step stood above what is usual for it.")
	}
	for i := range s.Alerts {
		n := &s.Alerts[i]
		text := "still open"
		if n.ResolvedAt != nil {
			text = "resolved " + n.ResolvedAt.Format(time.TimeOnly)
		}
		d.screen.say("Alert raised %s UTC, %s: %s", n.RaisedAt.Format(time.TimeOnly), text, n.Title)
	}
	d.screen.say("%s events, %s sessions; %s rejected, %s late. The history went in at %s events a second.",
		grouped(s.Events), grouped(s.Sessions), grouped(s.Rejected), grouped(s.Late), grouped(uint64(s.EventsPerSecond)))
	return nil
}
