package alerter

import (
	"time"

	"friction/pipeline/alert"
)

// Shown is an alert for people and programs.
type Shown struct {
	ID        string    `json:"alert_id"`
	State     string    `json:"state"`
	Rule      string    `json:"rule"`
	Severity  string    `json:"severity"`
	App       string    `json:"app"`
	Journey   string    `json:"journey"`
	Step      string    `json:"step"`
	Dimension string    `json:"dimension"`
	Value     string    `json:"value"`
	Metric    string    `json:"metric"`
	Observed  float64   `json:"observed"`
	Expected  float64   `json:"expected"`
	Visits    uint64    `json:"visits"`
	Since     time.Time `json:"since"`
	RaisedAt  time.Time `json:"raised_at"`
	// ResolvedAt is nil while it is open.
	ResolvedAt *time.Time `json:"resolved_at"`
	Title      string     `json:"title"`
}

// Show is an alert as people and programs see it.
func Show(a *alert.Alert) Shown {
	n := Shown{
		ID: a.ID.String(), State: string(a.State), Rule: string(a.Rule), Severity: string(a.Severity), App: a.App, Journey: a.Journey, Step: a.Step,
		Dimension: a.Dimension, Value: a.Value, Metric: string(a.Metric), Observed: a.Observed, Expected: a.Expected, Visits: a.Visits,
		Since: a.Since.UTC(), RaisedAt: a.RaisedAt.UTC(), Title: alert.Compose(alert.LinksConfig{}, a, nil).Title,
	}
	if !a.ResolvedAt.IsZero() {
		at := a.ResolvedAt.UTC()
		n.ResolvedAt = &at
	}
	return n
}

// ShowAll shows several; never nil.
func ShowAll(alerts []alert.Alert) []Shown {
	news := []Shown{}
	for i := range alerts {
		news = append(news, Show(&alerts[i]))
	}
	return news
}
