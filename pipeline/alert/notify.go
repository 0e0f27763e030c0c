package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// ReceiversConfig is the section `alert.receivers`. Who has an address is told.
type ReceiversConfig struct {
	// Alertmanager routes alerts on; it speaks API v2.
	Alertmanager AlertmanagerConfig `yaml:"alertmanager"`
	// Webhook is told in the JSON of Alertmanager's webhooks, version 4.
	Webhook WebhookConfig `yaml:"webhook"`
	// Slack is told through an incoming webhook.
	Slack SlackConfig `yaml:"slack"`
	// PagerDuty is told through Events API v2.
	PagerDuty PagerDutyConfig `yaml:"pagerduty"`
	// Timeout is how long one try may take.
	Timeout time.Duration `yaml:"timeout"`
	// GiveUpAfter is how old a change may be when a receiver that does not answer is no longer told of it.
	GiveUpAfter time.Duration `yaml:"give_up_after"`
}

// DefaultReceiversConfig tells nobody.
func DefaultReceiversConfig() ReceiversConfig {
	return ReceiversConfig{
		Alertmanager: AlertmanagerConfig{RepeatEvery: 5 * time.Minute, ExpireAfter: 30 * time.Minute},
		PagerDuty:    PagerDutyConfig{URL: "https://events.pagerduty.com/v2/enqueue"},
		Timeout:      10 * time.Second, GiveUpAfter: 6 * time.Hour,
	}
}

// validate never shows an address: it may be a secret.
func (c ReceiversConfig) validate() error {
	for key, address := range map[string]string{
		"alertmanager.url": c.Alertmanager.URL, "webhook.url": c.Webhook.URL, "slack.url": c.Slack.URL, "pagerduty.url": c.PagerDuty.URL,
	} {
		if address == "" {
			continue
		}
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("alert.receivers.%s: not an address such as https://host/path", key)
		}
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > time.Minute {
		return fmt.Errorf("alert.receivers.timeout: %v is not between 100ms and 1m", c.Timeout)
	}
	if c.GiveUpAfter < time.Minute || c.GiveUpAfter > 7*24*time.Hour {
		return fmt.Errorf("alert.receivers.give_up_after: %v is not between 1m and 168h", c.GiveUpAfter)
	}
	return c.Alertmanager.validate()
}

// Notice is a change for one receiver.
type Notice struct {
	Change
	Message
	Key   string // of the change: the same when it is told again
	Again bool   // it was begun before, and may have arrived
}

// Notifier tells one receiver.
type Notifier interface {
	// Name is the receiver's in the configuration.
	Name() string
	// Notify tries once. An error that trying again cannot help with is a [backoff.PermanentError]. Errors hold no secret.
	Notify(ctx context.Context, n Notice) error
}

// Notifiers are the receivers that have an address.
func (c ReceiversConfig) Notifiers() (all []Notifier) {
	post := poster{client: &http.Client{Timeout: c.Timeout, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}}
	if c.Alertmanager.URL != "" {
		all = append(all, &alertmanager{c.Alertmanager, post})
	}
	if c.Webhook.URL != "" {
		all = append(all, &webhook{c.Webhook, post})
	}
	if c.Slack.URL != "" {
		all = append(all, &slack{c.Slack, post})
	}
	if c.PagerDuty.RoutingKey != "" {
		all = append(all, &pagerDuty{c.PagerDuty, post})
	}
	return all
}

// refusal is an error that trying again cannot help with.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// refused ends the tries.
func refused(err error) error { return backoff.Permanent(refusal{err}) }

// poster sends JSON.
type poster struct{ client *http.Client }

// maxAnswer is how much of an answer is read.
const maxAnswer = 4 << 10

// post sends a body and wants an answer of 2xx. Errors name the receiver, the status and what the answer said, and
// nothing of the address.
func (p poster) post(ctx context.Context, receiver, address string, headers map[string]string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return refused(fmt.Errorf("tell %s: encode: %w", receiver, err))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(b))
	if err != nil {
		return refused(fmt.Errorf("tell %s: its address cannot be used", receiver))
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "friction")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // the rest is the address
		}
		return fmt.Errorf("tell %s: %w", receiver, err)
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // it is only for people
	if answer.StatusCode/100 == 2 {
		return nil
	}
	err = fmt.Errorf("tell %s: it answered %s: %.200s", receiver, answer.Status, bytes.TrimSpace(said))
	if c := answer.StatusCode; c/100 == 4 && c != http.StatusRequestTimeout && c != http.StatusTooManyRequests {
		return refused(err)
	}
	if seconds, e := strconv.Atoi(answer.Header.Get("Retry-After")); e == nil && seconds >= 0 {
		return errors.Join(err, backoff.RetryAfter(min(seconds, 300)))
	}
	return err
}

// labels name an alert for receivers that group and route by them. They stay the same while it is open, but for severity.
func labels(a *Alert) map[string]string {
	l := map[string]string{"alertname": alertName(a.Rule), "severity": string(a.Severity), "alert_id": a.ID.String(), "source": "friction"}
	for name, value := range map[string]string{"app": a.App, "journey": a.Journey, "step": a.Step, "dimension": a.Dimension, "value": a.Value} {
		if value != "" {
			l[name] = value
		}
	}
	return l
}

func alertName(r Rule) string {
	switch r {
	case Unreached:
		return "FrictionStepUnreached"
	case Absence:
		return "FrictionNoVisits"
	case Watermark:
		return "FrictionDataStandsStill"
	}
	return "FrictionStepHurts"
}

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
