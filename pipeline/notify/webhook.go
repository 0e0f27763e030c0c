package notify

import (
	"context"
	"fmt"
	"time"
)

// WebhookConfig says where a webhook is.
type WebhookConfig struct {
	// URL is posted to; empty for none. It counts as a secret.
	URL string `yaml:"url" secret:"true"`
	// Token is sent as a bearer token, if there is one.
	Token string `yaml:"token" secret:"true"`
}

// webhook posts what Alertmanager's webhook receivers get (version 4), one alert at a time. The header
// Idempotency-Key is the same when a change is sent again.
type webhook struct {
	cfg WebhookConfig
	poster
}

func (*webhook) Name() string { return "webhook" }

// webhookMessage is Message of Alertmanager's notify/webhook and Data of its template package.
type webhookMessage struct {
	Version           string            `json:"version"`
	GroupKey          string            `json:"groupKey"`
	TruncatedAlerts   uint64            `json:"truncatedAlerts"`
	Status            string            `json:"status"`
	Receiver          string            `json:"receiver"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	Alerts            []webhookAlert    `json:"alerts"`
}

type webhookAlert struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"` // zero while firing
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

func (w *webhook) Notify(ctx context.Context, n Notice) error {
	n = n.plain()
	status := "firing"
	if n.State == Resolved {
		status = "resolved"
	}
	l, a := labels(&n), annotations(&n)
	a["state"] = string(n.State)
	message := webhookMessage{
		Version: "4", GroupKey: fmt.Sprintf("{}:{alert_id=%q}", n.ID), Status: status, Receiver: "friction",
		GroupLabels: map[string]string{"alert_id": n.ID.String()}, CommonLabels: l, CommonAnnotations: a, ExternalURL: n.Dashboard,
		Alerts: []webhookAlert{{
			Status: status, Labels: l, Annotations: a, StartsAt: n.Since.UTC(), EndsAt: n.ResolvedAt.UTC(), GeneratorURL: n.Dashboard,
			Fingerprint: fmt.Sprintf("%x", n.ID[:8]),
		}},
	}
	headers := map[string]string{"Idempotency-Key": n.Key}
	if w.cfg.Token != "" {
		headers["Authorization"] = "Bearer " + w.cfg.Token
	}
	return w.post(ctx, w.Name(), w.cfg.URL, headers, message)
}
