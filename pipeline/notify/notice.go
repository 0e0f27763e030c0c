package notify

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// State is what has happened to an alert.
type State string

// The states, in the order in which an alert takes them; it may be updated more than once.
const (
	Raised   State = "raised"
	Updated  State = "updated"
	Resolved State = "resolved"
)

// Severity is how urgent an alert is.
type Severity string

// The severities.
const (
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Notice is one change of an alert, for receivers.
type Notice struct {
	Message
	ID    uuid.UUID // of the alert
	Key   string    // of the change: the same when it is sent again
	Again bool      // it was begun before, and may have arrived

	Name      string // of the kind of alert, as receivers group by it
	State     State
	Severity  Severity
	App       string // what the alert is about; what is not known is empty
	Journey   string
	Step      string
	Dimension string // with Value, who is hit; empty for everyone
	Value     string

	Metric     string
	Observed   float64
	Expected   float64
	Visits     uint64
	Since      time.Time
	ResolvedAt time.Time // zero until then
}

// Message is a change in words.
type Message struct {
	Title     string   // what hurts, and how much
	Lines     []string // since when, for whom
	Dashboard string   // empty where there is none
	Runbook   string
	Sessions  []string // how to look at three that show it
}

// Text is the message for places that know no markup.
func (m *Message) Text() string {
	lines := append([]string{m.Title}, m.Lines...)
	if m.Dashboard != "" {
		lines = append(lines, "Dashboard: "+m.Dashboard)
	}
	if m.Runbook != "" {
		lines = append(lines, "What to do: "+m.Runbook)
	}
	if len(m.Sessions) > 0 {
		lines = append(lines, "Sessions that show it:")
		for _, s := range m.Sessions {
			lines = append(lines, "  "+s)
		}
	}
	return strings.Join(lines, "\n")
}

// labels name an alert for receivers that group and route by them. They stay the same while it is open, but for severity.
func labels(n *Notice) map[string]string {
	l := map[string]string{"alertname": n.Name, "severity": string(n.Severity), "alert_id": n.ID.String(), "source": "friction"}
	for name, value := range map[string]string{"app": n.App, "journey": n.Journey, "step": n.Step, "dimension": n.Dimension, "value": n.Value} {
		if value != "" {
			l[name] = value
		}
	}
	return l
}

// annotations are what Alertmanager and its webhooks show beside the labels.
func annotations(n *Notice) map[string]string {
	a := map[string]string{"summary": n.Title, "description": n.Text()}
	if n.Dashboard != "" {
		a["dashboard"] = n.Dashboard
	}
	if n.Runbook != "" {
		a["runbook_url"] = n.Runbook
	}
	return a
}
