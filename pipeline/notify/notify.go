package notify

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

// Config is the section `alert.receivers`. A receiver that has an address is notified.
type Config struct {
	// Alertmanager routes alerts on; it speaks API v2.
	Alertmanager AlertmanagerConfig `yaml:"alertmanager"`
	// Webhook gets the JSON of Alertmanager's webhooks, version 4.
	Webhook WebhookConfig `yaml:"webhook"`
	// Slack gets messages through an incoming webhook.
	Slack SlackConfig `yaml:"slack"`
	// PagerDuty gets events through Events API v2.
	PagerDuty PagerDutyConfig `yaml:"pagerduty"`
	// Timeout is how long one try may take.
	Timeout time.Duration `yaml:"timeout"`
	// GiveUpAfter is how old a change may become before a receiver that does not answer is given up.
	GiveUpAfter time.Duration `yaml:"give_up_after"`
}

// DefaultConfig notifies nobody.
func DefaultConfig() Config {
	return Config{
		Alertmanager: AlertmanagerConfig{RepeatEvery: 5 * time.Minute, ExpireAfter: 30 * time.Minute},
		PagerDuty:    PagerDutyConfig{URL: "https://events.pagerduty.com/v2/enqueue"},
		Timeout:      10 * time.Second, GiveUpAfter: 6 * time.Hour,
	}
}

// Validate names the key it cannot work with. It never shows an address: it may be a secret.
func (c Config) Validate() error {
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

// Notifier delivers notices to one receiver.
type Notifier interface {
	// Name is the receiver's in the configuration.
	Name() string
	// Notify tries once. Of an error that trying again cannot help with, [Refused] is true, and backoff stops. Errors hold
	// no secret.
	Notify(ctx context.Context, n Notice) error
}

// Repeater is a [Notifier] that wants open alerts sent again from time to time.
type Repeater interface {
	Notifier
	RepeatEvery() time.Duration
}

// Notifiers are the receivers that have an address.
func (c Config) Notifiers() (all []Notifier) {
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

// refuse ends the tries.
func refuse(err error) error { return backoff.Permanent(refusal{err}) }

// Refused says that trying again cannot help.
func Refused(err error) bool {
	_, ok := errors.AsType[refusal](err)
	return ok
}

// poster sends JSON.
type poster struct{ client *http.Client }

// maxAnswer is how much of an answer is read.
const maxAnswer = 4 << 10

// post sends a body and wants an answer of 2xx. Errors name the receiver, the status and what the answer said, and
// nothing of the address.
func (p poster) post(ctx context.Context, receiver, address string, headers map[string]string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return refuse(fmt.Errorf("tell %s: encode: %w", receiver, err))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(b))
	if err != nil {
		return refuse(fmt.Errorf("tell %s: its address cannot be used", receiver))
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
		return refuse(err)
	}
	if seconds, e := strconv.Atoi(answer.Header.Get("Retry-After")); e == nil && seconds >= 0 {
		return errors.Join(err, backoff.RetryAfter(min(seconds, 300)))
	}
	return err
}
