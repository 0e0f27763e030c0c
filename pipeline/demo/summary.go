package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"friction/pipeline/alert"
	"friction/pipeline/alerter"
	"friction/pipeline/query"
	"friction/pipeline/simulate"
)

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

// summarise reads everything from ClickHouse.
func summarise(ctx context.Context, f *figures, alerts []alert.Alert, incident simulate.Incident) (*Summary, error) {
	totals, err := f.totals(ctx)
	if err != nil {
		return nil, err
	}
	windows, err := f.latest(ctx, totals.Until)
	if err != nil {
		return nil, err
	}
	usual, err := f.usual(ctx)
	if err != nil {
		return nil, err
	}
	s := &Summary{
		Events: totals.Consumed, Sessions: totals.SessionsOpened, Rejected: totals.Rejected, Late: totals.Late,
		EventsPerSecond: float64(int64(f.state.perSecond())), DataUntil: totals.Until.UTC(), Alerts: alerter.ShowAll(alerts),
		Incidents: incidentsOf(incident, totals.Until),
	}
	for _, w := range everyStep(windows) {
		s.Steps = append(s.Steps, stepOf(&w, usual[w.StepName]))
	}
	if w := worst(windows, usual); w != nil {
		step := stepOf(w, usual[w.StepName])
		s.WorstStep = &step
	}
	return s, nil
}

func stepOf(w *query.Window, u query.Usual) Step {
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

// write shows the summary: to people on the screen, or to programs as one line.
func (s *Summary) write(o *Options, screen *screen) error {
	if o.JSON {
		b, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("encode the summary: %w", err)
		}
		if _, err := fmt.Fprintf(o.Out, "%s\n", b); err != nil {
			return fmt.Errorf("write the summary: %w", err)
		}
		return nil
	}
	if w := s.WorstStep; w != nil {
		screen.say("Worst step: %s/%s, score %.1f where %.1f is usual: %d visits since %s UTC, %s; %d stalled, %d dropped off so far.",
			w.Journey, w.Step, w.Score, w.Usual.Mean, w.Visits, w.WindowStart.Format(time.TimeOnly), wordsOf(w.Signals), w.Stalled, w.Dropped)
	} else {
		screen.say("No step stood above what is usual for it.")
	}
	for i := range s.Alerts {
		n := &s.Alerts[i]
		text := "still open"
		if n.ResolvedAt != nil {
			text = "resolved " + n.ResolvedAt.Format(time.TimeOnly)
		}
		screen.say("Alert raised %s UTC, %s: %s", n.RaisedAt.Format(time.TimeOnly), text, n.Title)
	}
	screen.say("%s events, %s sessions; %s rejected, %s late. The history went in at %s events a second.",
		grouped(s.Events), grouped(s.Sessions), grouped(s.Rejected), grouped(s.Late), grouped(uint64(s.EventsPerSecond)))
	return nil
}
