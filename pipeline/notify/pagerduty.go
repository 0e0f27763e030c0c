package notify

import (
	"context"
	"time"
)

// PagerDutyConfig says which service is notified.
type PagerDutyConfig struct {
	// URL is where events are enqueued; that of the European region is https://events.eu.pagerduty.com/v2/enqueue.
	URL string `yaml:"url"`
	// RoutingKey is the integration key of the service, a secret; empty for none.
	RoutingKey string `yaml:"routing_key" secret:"true"`
}

// pagerDuty enqueues events of Events API v2. The alert's id is the dedup_key, so telling a change again changes nothing.
type pagerDuty struct {
	cfg PagerDutyConfig
	poster
}

func (*pagerDuty) Name() string { return "pagerduty" }

type pagerDutyEvent struct {
	RoutingKey string            `json:"routing_key"`
	Action     string            `json:"event_action"`
	DedupKey   string            `json:"dedup_key"`
	Client     string            `json:"client"`
	ClientURL  string            `json:"client_url,omitempty"`
	Payload    *pagerDutyPayload `json:"payload,omitempty"`
	Links      []pagerDutyLink   `json:"links,omitempty"`
}

type pagerDutyPayload struct {
	Summary   string         `json:"summary"`
	Source    string         `json:"source"`
	Severity  string         `json:"severity"`
	Timestamp time.Time      `json:"timestamp"`
	Component string         `json:"component,omitempty"`
	Group     string         `json:"group,omitempty"`
	Class     string         `json:"class"`
	Details   map[string]any `json:"custom_details"`
}

type pagerDutyLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// summaryLimit is the longest summary that PagerDuty accepts, in characters.
const summaryLimit = 1024

// Notify triggers or resolves the incident whose key is the id of the alert; so a repetition changes nothing.
func (p *pagerDuty) Notify(ctx context.Context, n Notice) error {
	n = n.plain()
	e := pagerDutyEvent{RoutingKey: p.cfg.RoutingKey, Action: "trigger", DedupKey: n.ID.String(), Client: "friction", ClientURL: n.Dashboard}
	if n.State == Resolved {
		e.Action = "resolve"
	} else {
		summary := []rune(n.Title)
		source := n.App
		if source == "" {
			source = "friction"
		}
		e.Payload = &pagerDutyPayload{
			Summary: string(summary[:min(len(summary), summaryLimit)]), Source: source, Severity: string(n.Severity), Timestamp: n.Since.UTC(),
			Component: n.Step, Group: n.Journey, Class: n.Name,
			Details: map[string]any{
				"text": n.Text(), "metric": n.Metric, "observed": n.Observed, "expected": n.Expected, "visits": n.Visits, "sessions": n.Sessions,
			},
		}
		if n.Dashboard != "" {
			e.Links = append(e.Links, pagerDutyLink{n.Dashboard, "Dashboard"})
		}
		if n.Runbook != "" {
			e.Links = append(e.Links, pagerDutyLink{n.Runbook, "What to do"})
		}
	}
	return p.post(ctx, p.Name(), p.cfg.URL, nil, e)
}
