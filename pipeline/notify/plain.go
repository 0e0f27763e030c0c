package notify

import (
	"strings"
	"unicode/utf8"

	"friction/pipeline/display"
)

// longest is how many characters one text of a notice may have. Texts of events have 512 bytes at most; a title holds
// three of them.
const longest = 1000

// plain is a notice whose texts are lines of their own: what an event says in the name of a device or of a page makes
// no further lines and turns no text around. Every receiver begins with it.
func (n Notice) plain() Notice {
	for _, text := range []*string{&n.Name, &n.App, &n.Journey, &n.Step, &n.Dimension, &n.Value, &n.Metric, &n.Title} {
		*text = line(*text)
	}
	n.Dashboard, n.Runbook = display.Plain(n.Dashboard), display.Plain(n.Runbook) // a part of an address leads nowhere
	n.Lines, n.Sessions = lines(n.Lines), lines(n.Sessions)
	return n
}

func lines(all []string) []string {
	var plain []string
	for _, text := range all {
		plain = append(plain, line(text))
	}
	return plain
}

// line is one line of text, cut where nobody reads on.
func line(text string) string {
	text = display.Plain(text)
	if utf8.RuneCountInString(text) > longest {
		text = string([]rune(text)[:longest-1]) + "…"
	}
	return text
}

// slackText is a line for Slack's mrkdwn. Slack wants & < > escaped, and no others; then there are no links, no mentions
// such as <!channel> and no dates. Programs that take Slack's messages (Mattermost among them) also read @here and
// [text](address): a space without width keeps them apart. A backtick would end or begin code. Escapes count for the
// longest a text may be.
func slackText(text string) string {
	escaped := slackEscapes.Replace(text)
	for rest := []rune(text); utf8.RuneCountInString(escaped) > longest; {
		rest = rest[:len(rest)*3/4]
		escaped = slackEscapes.Replace(string(rest)) + "…"
	}
	return escaped
}

var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@\u200b", "](", "]\u200b(", "`", "ˋ")

// slackLink is a link whose address cannot end it.
func slackLink(address, text string) string {
	return "<" + strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", "`", "%60", " ", "%20").Replace(address) + "|" + text + ">"
}

// slackLines puts lines together and leaves out those that Slack has no room for.
func slackLines(all []string) string {
	var fit []string
	size := 0
	for _, l := range all {
		if n := utf8.RuneCountInString(l) + 1; size+n <= slackLimit {
			fit, size = append(fit, l), size+n
		}
	}
	return strings.Join(fit, "\n")
}
