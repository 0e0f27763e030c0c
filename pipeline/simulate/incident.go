package simulate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// DefaultSeverity is what an [Incident] without a severity has.
const DefaultSeverity = 0.85

// Incident is a span of time, or a series of them, in which the backend and the
// page of one step fail: requests fail or are slow, the button is dead, scripts
// throw. The zero Incident is none at all.
type Incident struct {
	// Journey and Step name what breaks, as in [Steps].
	Journey, Step string
	// First is when it breaks for the first time; zero: from the start.
	First time.Time
	// Lasts is how long it stays broken each time; zero: for good.
	Lasts time.Duration
	// Every is the time from one break to the next; zero: it breaks once.
	Every time.Duration
	// Severity is the share of uses of the step that go wrong, 0 to 1; zero
	// means [DefaultSeverity].
	Severity float64
	// Ramp is how long it takes, each time, to grow from nothing to Severity.
	Ramp time.Duration
	// Dimension and Value limit it to some people: device, os, browser,
	// app_version or country, and what theirs is. Empty: everyone.
	Dimension, Value string
}

// ParseIncident reads "journey/step" into an Incident without times; "none"
// and "" give the zero Incident. An unknown step is an error that lists the
// known ones.
func ParseIncident(s string) (Incident, error) {
	if s == "" || s == "none" {
		return Incident{}, nil
	}
	journey, step, _ := strings.Cut(s, "/")
	if _, ok := stepNamed(journey, step); !ok {
		return Incident{}, fmt.Errorf("parse incident %q: no such step; use none or one of %s", s, stepNames())
	}
	return Incident{Journey: journey, Step: step}, nil
}

// stepNames lists the steps for messages.
func stepNames() string {
	var names []string
	for _, s := range Steps() {
		names = append(names, s.Journey+"/"+s.Step)
	}
	return strings.Join(names, " ")
}

// At is the incident's severity at t, 0 while all is well.
func (i Incident) At(t time.Time) float64 {
	if i.Step == "" {
		return 0
	}
	since := time.Duration(math.MaxInt64)
	if !i.First.IsZero() {
		since = t.Sub(i.First)
	}
	if since < 0 {
		return 0
	}
	if i.Every > 0 && !i.First.IsZero() {
		since %= i.Every
	}
	if i.Lasts > 0 && since >= i.Lasts {
		return 0
	}
	severity := i.Severity
	if severity == 0 {
		severity = DefaultSeverity
	}
	if i.Ramp > 0 && since < i.Ramp {
		severity *= since.Seconds() / i.Ramp.Seconds()
	}
	return severity
}

// affects says whether the incident is one for these people.
func (i Incident) affects(t *traits) bool {
	switch i.Dimension {
	case "device":
		return t.class == i.Value
	case "os":
		return t.os == i.Value
	case "browser":
		return t.browser == i.Value
	case "app_version":
		return t.version == i.Value
	case "country":
		return t.country == i.Value
	}
	return i.Dimension == ""
}

func (i Incident) validate() error {
	if i.Step == "" && i.Journey == "" {
		return nil
	}
	name := i.Journey + "/" + i.Step
	if _, ok := stepNamed(i.Journey, i.Step); !ok {
		return fmt.Errorf("incident at %q: no such step; use one of %s", name, stepNames())
	}
	if i.Severity < 0 || i.Severity > 1 {
		return fmt.Errorf("incident at %q: severity %v is not within 0 and 1", name, i.Severity)
	}
	if i.Lasts < 0 || i.Every < 0 || i.Ramp < 0 {
		return fmt.Errorf("incident at %q: lasts, every and ramp must not be negative", name)
	}
	if !slices.Contains([]string{"", "device", "os", "browser", "app_version", "country"}, i.Dimension) {
		return fmt.Errorf("incident at %q: dimension %q is none of device, os, browser, app_version, country", name, i.Dimension)
	}
	if i.First.IsZero() && i.Lasts+i.Every > 0 {
		return fmt.Errorf("incident at %q: lasts and every count from first, which is not set", name)
	}
	return nil
}

// incidents are those in force, by the page they break.
type incidents [pageCount][]Incident

// byPage checks incidents and sorts them by page.
func byPage(all []Incident) (incidents, error) {
	var by incidents
	for _, i := range all {
		if err := i.validate(); err != nil {
			return by, err
		}
		if at, ok := stepNamed(i.Journey, i.Step); ok {
			by[at] = append(by[at], i)
		}
	}
	return by, nil
}

// severity is how broken a page is for someone: the worst of its incidents.
func (in *incidents) severity(at pageID, t *traits, now int64) float64 {
	worst := .0
	for _, i := range in[at] {
		if i.affects(t) {
			worst = max(worst, i.At(time.Unix(0, now)))
		}
	}
	return worst
}
