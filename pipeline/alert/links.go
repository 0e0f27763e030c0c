package alert

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// LinksConfig is the section `alert.links`: templates of what a message points to. Empty leaves a link out. In braces:
// app, journey, step, dimension, value, alert, from and to (Unix ms, half an hour around the trouble), session.
type LinksConfig struct {
	// Dashboard is where people see it. By default it is the provisioned Grafana dashboard, on this machine.
	Dashboard string `yaml:"dashboard"`
	// Runbook says what to do.
	Runbook string `yaml:"runbook"`
	// Session is the command, or the address, that shows one session.
	Session string `yaml:"session"`
}

// DefaultLinksConfig points to the provisioned dashboard and to the command line.
func DefaultLinksConfig() LinksConfig {
	return LinksConfig{
		Dashboard: "http://localhost:3000/d/friction-step?var-app={app}&var-journey={journey}&var-step={step}&from={from}&to={to}",
		Session:   "friction session {session}",
	}
}

func (c LinksConfig) validate() error {
	for key, text := range map[string]string{"dashboard": c.Dashboard, "runbook": c.Runbook, "session": c.Session} {
		for rest := text; ; {
			_, after, found := strings.Cut(rest, "{")
			if !found {
				break
			}
			name, tail, closed := strings.Cut(after, "}")
			if _, known := placeholders(&Alert{}, "")[name]; !closed || !known {
				return fmt.Errorf("alert.links.%s: {%s} is none of {app} {journey} {step} {dimension} {value} {alert} {from} {to} {session}", key, name)
			}
			rest = tail
		}
	}
	return nil
}

// around is how much before and after the trouble a link shows.
const around = 30 * time.Minute

func placeholders(a *Alert, session string) map[string]string {
	to := a.ResolvedAt
	if to.IsZero() {
		to = a.UpdatedAt
	}
	return map[string]string{
		"app": a.App, "journey": a.Journey, "step": a.Step, "dimension": a.Dimension, "value": a.Value, "alert": a.ID.String(), "session": session,
		"from": strconv.FormatInt(a.Since.Add(-around).UnixMilli(), 10), "to": strconv.FormatInt(to.Add(around).UnixMilli(), 10),
	}
}

// fill puts an alert into a template. In an address values are escaped; elsewhere it is a command that people paste into
// a shell, so values are words of it and nothing else.
func fill(template string, a *Alert, session string) string {
	escape := word
	if strings.Contains(template, "://") {
		escape = url.QueryEscape
	}
	var pairs []string
	for name, value := range placeholders(a, session) {
		pairs = append(pairs, "{"+name+"}", escape(value))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// word is a value as one word of a shell.
func word(s string) string {
	if ordinary.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ordinary is what shells take as it is.
var ordinary = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]*$`)
