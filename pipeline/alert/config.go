package alert

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"friction/pipeline/notify"
)

// Config is the section `alert` of the configuration: what is worth an alert, and who is notified.
type Config struct {
	// Journeys are watched; empty is every journey but `site`, and `site` where there is no other.
	Journeys []string `yaml:"journeys"`
	// Windows are the lengths of time that are compared with history: short ones see large trouble at once, long ones see
	// small trouble on steps with few visits.
	Windows []time.Duration `yaml:"windows"`
	// History is how far back a step is compared with itself.
	History time.Duration `yaml:"history"`
	// MinVisits is how many visits a window must have to be evaluated.
	MinVisits int `yaml:"min_visits"`
	// MinHurt is how many visits must have been hurt, or lost, in a window that raises an alert.
	MinHurt int `yaml:"min_hurt"`
	// MinRatio is how many times worse than usual it must be.
	MinRatio float64 `yaml:"min_ratio"`
	// MinScore is by how many points of the score it must be worse, of 100.
	MinScore float64 `yaml:"min_score"`
	// MinLost is by how much the share of visits that stall or drop off must be higher, 0 to 1.
	MinLost float64 `yaml:"min_lost"`
	// CriticalScore is the increase of the score from which an alert is critical instead of a warning.
	CriticalScore float64 `yaml:"critical_score"`
	// CriticalLost is the increase of the share of lost visits from which an alert is critical.
	CriticalLost float64 `yaml:"critical_lost"`
	// EvaluateEvery is how far windows move from one evaluation to the next, in event time; it must divide score.slide.
	EvaluateEvery time.Duration `yaml:"evaluate_every"`
	// Consecutive is how many windows in a row must be bad before an alert is raised.
	Consecutive int `yaml:"consecutive"`
	// Calm is how many windows in a row must be good before it is resolved, those that end with a pane.
	Calm int `yaml:"calm"`
	// FalseAlarms is how many false alarms may be expected of one step in a week. Thresholds follow from it.
	FalseAlarms float64 `yaml:"false_alarms"`
	// FalseAlarmsTotal is how many may be expected in a week of all steps together, however many there are.
	FalseAlarmsTotal float64 `yaml:"false_alarms_total"`
	// LostAfter is at what age the visits of a pane are counted as lost or not. It must be longer than journeys.stall_after.
	LostAfter time.Duration `yaml:"lost_after"`
	// MinExpected is how many visits must have been expected for their absence to mean something.
	MinExpected int `yaml:"min_expected"`
	// Silence is how long an app or a first step must be without visits to count as gone.
	Silence time.Duration `yaml:"silence"`
	// WatermarkBehind is how far the data may be behind the clock before the pipeline itself raises an alert.
	WatermarkBehind time.Duration `yaml:"watermark_behind"`
	// MaxSeries is how many series (steps, and values of their dimensions) are watched, those with the most visits.
	MaxSeries int `yaml:"max_series"`
	// Every is how often the tables are looked at.
	Every time.Duration `yaml:"every"`
	// Lease says which of several alerters works.
	Lease LeaseConfig `yaml:"lease"`
	// Links are what a message points to: templates. In braces: app, journey, step, dimension, value, alert, from and to (Unix
	// ms, half an hour around the trouble), session. Empty leaves a link out.
	Links LinksConfig `yaml:"links"`
	// Receivers are notified of every change. Give addresses that are secret and keys as variables or files, such as
	// FRICTION_ALERT_RECEIVERS_SLACK_URL_FILE.
	Receivers notify.Config `yaml:"receivers"`
}

// DefaultConfig is the configuration when nothing is set. Nobody is notified then; the table has everything.
func DefaultConfig() Config {
	return Config{
		Windows: []time.Duration{2 * time.Minute, 3 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour}, History: 28 * 24 * time.Hour,
		MinVisits: 10, MinHurt: 3, MinRatio: 1.5, MinScore: .5, MinLost: .05, CriticalScore: 5, CriticalLost: .2,
		EvaluateEvery: 10 * time.Second, Consecutive: 2, Calm: 3, FalseAlarms: .03, FalseAlarmsTotal: 1,
		LostAfter: 4 * time.Minute, MinExpected: 30, Silence: 10 * time.Minute, WatermarkBehind: 5 * time.Minute,
		MaxSeries: 2000, Every: 5 * time.Second,
		Lease: DefaultLeaseConfig(), Links: DefaultLinksConfig(), Receivers: notify.DefaultConfig(),
	}
}

// longest is the most that a window may cover; it bounds memory.
const longest = 12 * time.Hour

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	if len(c.Windows) == 0 || len(c.Windows) > 8 {
		return fmt.Errorf("alert.windows: %d windows are not between 1 and 8", len(c.Windows))
	}
	for _, w := range c.Windows {
		if w < time.Minute || w > longest {
			return fmt.Errorf("alert.windows: %v is not between 1m and %v", w, longest)
		}
	}
	for key, d := range map[string]time.Duration{
		"evaluate_every": c.EvaluateEvery, "lost_after": c.LostAfter, "silence": c.Silence, "watermark_behind": c.WatermarkBehind, "every": c.Every,
	} {
		if d < time.Millisecond || d > longest {
			return fmt.Errorf("alert.%s: %v is not between 1ms and %v", key, d, longest)
		}
	}
	if c.History < 24*time.Hour || c.History > 100*24*time.Hour {
		return fmt.Errorf("alert.history: %v is not between 24h and 2400h", c.History)
	}
	for key, n := range map[string]int{
		"min_visits": c.MinVisits, "min_hurt": c.MinHurt, "consecutive": c.Consecutive, "calm": c.Calm, "min_expected": c.MinExpected, "max_series": c.MaxSeries,
	} {
		if n < 1 {
			return fmt.Errorf("alert.%s: %d is not at least 1", key, n)
		}
	}
	return errors.Join(c.validateSizes(), c.Lease.validate(), c.Links.validate(), c.Receivers.Validate())
}

func (c Config) validateSizes() error {
	for key, v := range map[string]float64{
		"min_score": c.MinScore, "min_lost": c.MinLost, "critical_score": c.CriticalScore, "critical_lost": c.CriticalLost,
		"false_alarms": c.FalseAlarms, "false_alarms_total": c.FalseAlarmsTotal,
	} {
		if !(v > 0) {
			return fmt.Errorf("alert.%s: %v is not above 0", key, v)
		}
	}
	if !(c.MinRatio > 1) {
		return fmt.Errorf("alert.min_ratio: %v is not above 1", c.MinRatio)
	}
	return nil
}

// watches says whether a journey is watched, among all there are.
func (c *Config) watches(journey string, all []string) bool {
	if len(c.Journeys) > 0 {
		return slices.Contains(c.Journeys, journey)
	}
	return journey != site || len(all) == 1
}

// site is the journey of all pages.
const site = "site"
