package notify

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// AlertmanagerConfig says where Alertmanager is.
type AlertmanagerConfig struct {
	// URL is Alertmanager's, such as http://alertmanager:9093; empty for none.
	URL string `yaml:"url"`
	// RepeatEvery is how often open alerts are sent again, as Alertmanager wants it. Nobody is notified twice for that.
	RepeatEvery time.Duration `yaml:"repeat_every"`
	// ExpireAfter is when Alertmanager resolves an alert that is not sent again, because no alerter works any more.
	ExpireAfter time.Duration `yaml:"expire_after"`
}

func (c AlertmanagerConfig) validate() error {
	if c.RepeatEvery < time.Second || c.ExpireAfter < 2*c.RepeatEvery {
		return fmt.Errorf("alert.receivers.alertmanager.expire_after: %v is not at least twice repeat_every of %v", c.ExpireAfter, c.RepeatEvery)
	}
	return nil
}

// alertmanager posts to /api/v2/alerts of Alertmanager. Alerts are told apart by their labels there, so repeating one
// changes nothing.
type alertmanager struct {
	cfg AlertmanagerConfig
	poster
}

func (*alertmanager) Name() string { return "alertmanager" }

// RepeatEvery is how often open alerts are sent again.
func (m *alertmanager) RepeatEvery() time.Duration { return m.cfg.RepeatEvery }

// postableAlert is the schema of the same name in Alertmanager's api/v2/openapi.yaml.
type postableAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

func (m *alertmanager) Notify(ctx context.Context, n Notice) error {
	n = n.plain()
	a := postableAlert{Labels: labels(&n), Annotations: annotations(&n), StartsAt: n.Since.UTC(), GeneratorURL: n.Dashboard}
	a.EndsAt = time.Now().Add(m.cfg.ExpireAfter).UTC()
	all := []postableAlert{a}
	if n.State == Resolved {
		all[0].EndsAt = time.Now().UTC()
	}
	if n.State != Raised && n.Severity == Critical { // it may have been raised as a warning, which is another alert there
		before := a
		before.Labels = labels(&n)
		before.Labels["severity"] = string(Warning)
		before.EndsAt = time.Now().UTC()
		all = append(all, before)
	}
	return m.post(ctx, m.Name(), strings.TrimSuffix(m.cfg.URL, "/")+"/api/v2/alerts", nil, all)
}
