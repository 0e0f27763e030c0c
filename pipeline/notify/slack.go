package notify

import "context"

// SlackConfig says which channel is notified.
type SlackConfig struct {
	// URL is that of an incoming webhook, which is a secret; empty for none.
	URL string `yaml:"url" secret:"true"`
}

// slack posts to an incoming webhook. Slack knows no key to tell a repeated message by, so one that may be a repetition
// says so.
type slack struct {
	cfg SlackConfig
	poster
}

func (*slack) Name() string { return "slack" }

type slackMessage struct {
	Text   string       `json:"text"` // shown in notifications
	Blocks []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type string       `json:"type"`
	Text slackContent `json:"text"`
}

type slackContent struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"` // names of channels and bare addresses become no links
}

// slackLimit is the longest section that Slack accepts, in characters.
const slackLimit = 3000

// Notify posts a message with the title, the lines, links, and sessions that show the trouble.
func (s *slack) Notify(ctx context.Context, n Notice) error {
	n = n.plain()
	icon := map[Severity]string{Warning: ":warning:", Critical: ":rotating_light:"}[n.Severity]
	if n.State == Resolved {
		icon = ":white_check_mark:"
	}
	heading := icon + " *" + slackText(n.Title) + "*"
	if n.Again {
		heading += " _(may have been sent before)_"
	}
	lines := []string{heading}
	for _, l := range n.Lines {
		lines = append(lines, slackText(l))
	}
	if n.Dashboard != "" {
		lines = append(lines, slackLink(n.Dashboard, "Dashboard"))
	}
	if n.Runbook != "" {
		lines = append(lines, slackLink(n.Runbook, "What to do"))
	}
	if len(n.Sessions) > 0 {
		lines = append(lines, "Sessions that show it:")
		for _, session := range n.Sessions {
			lines = append(lines, "`"+slackText(session)+"`")
		}
	}
	return s.post(ctx, s.Name(), s.cfg.URL, nil, slackMessage{
		Text: slackText(n.Title), Blocks: []slackBlock{{"section", slackContent{Type: "mrkdwn", Text: slackLines(lines), Verbatim: true}}},
	})
}
