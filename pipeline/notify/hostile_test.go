package notify

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// evils are what a stranger may put into the name of a device, a page or an app.
func evils() []string {
	return []string{
		"phone\nResolved: all is well", "a\r\nb", "\x1b[31mred\x1b]0;t\x07", "\u202egnp.exe", "\u2028x", "\x00", "\xff",
		"<!channel>", "<!here|x>", "<@U123>", "<#C1>", "<https://evil.example|click>", "@here @channel @everyone @all", "[click](https://evil.example)",
		"`code` ```", "&lt;!channel&gt;", "a|b", "{{ .Labels }}", strings.Repeat("<", 900), strings.Repeat("é\n", 9000),
	}
}

// hostileNotice puts a text into every text of a notice, so that a new field is tried, too.
func hostileNotice(text string) Notice {
	n := noticeOf(Raised)
	v := reflect.ValueOf(&n).Elem()
	for i := range v.NumField() {
		fillText(v.Field(i), v.Type().Field(i).Name, text)
	}
	return n
}

func fillText(v reflect.Value, name, text string) {
	switch {
	case name == "Key" || name == "State" || name == "Severity" || name == "ID": // ours, never an event's
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		v.Set(reflect.ValueOf([]string{text, text}))
	case v.Kind() == reflect.Struct && name == "Message":
		for i := range v.NumField() {
			fillText(v.Field(i), v.Type().Field(i).Name, text)
		}
	}
}

// notShown is what may be in no text that a receiver gets. Line breaks are ours; the tests count them.
var notShown = regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

// texts are all texts of decoded JSON, with where they are.
func texts(v any, path string, each func(path, text string)) {
	switch x := v.(type) {
	case string:
		each(path, x)
	case []any:
		for _, e := range x {
			texts(e, path+"[]", each)
		}
	case []map[string]any:
		for _, e := range x {
			texts(e, path+"[]", each)
		}
	case map[string]any:
		for k, e := range x {
			each(path+"."+k+" (name)", k)
			texts(e, path+"."+k, each)
		}
	}
}

// ownLines is how many lines a text has that the program itself makes of several; every other text is one line.
var ownLines = map[string]int{
	"pagerduty.payload.custom_details.text":    8, // title, two lines, dashboard, runbook, a heading, two sessions
	"alertmanager[].annotations.description":   8,
	"webhook.commonAnnotations.description":    8,
	"webhook.alerts[].annotations.description": 8,
	"slack.blocks[].text.text":                 8,
}

func checkReceivers(t *testing.T, text string) {
	t.Helper()
	url, got := listener(t, http.StatusOK, "ok")
	c := DefaultConfig()
	c.Alertmanager.URL, c.Webhook.URL, c.Slack.URL, c.PagerDuty = url, url, url, PagerDutyConfig{URL: url, RoutingKey: "k"}
	for _, n := range c.Notifiers() {
		*got = nil
		if err := n.Notify(t.Context(), hostileNotice(text)); err != nil {
			t.Fatal(err)
		}
		var body any = (*got)[0].body
		if (*got)[0].all != nil {
			body = (*got)[0].all
		}
		texts(body, n.Name(), func(path, shown string) {
			want := max(1, ownLines[path])
			if lines := strings.Count(shown, "\n") + 1; lines > want || n.Name() != "slack" && lines != want {
				t.Errorf("%s of %q has %d lines, want %d: %q", path, text, lines, want, shown)
			}
			if notShown.MatchString(shown) || !utf8.ValidString(shown) {
				t.Errorf("%s of %q is %q", path, text, shown)
			}
		})
		if n.Name() == "slack" {
			checkSlack(t, text, body)
		}
	}
}

// ours is all that Slack's message may have of its own: the heading, code and links to where we point.
var ours = regexp.MustCompile(`<[^<>|\n]*\|(Dashboard|What to do)>`)

// checkSlack follows Slack's "Formatting text for app surfaces": what is in angle brackets is a link, a mention or a date,
// and only & < > are escaped.
func checkSlack(t *testing.T, text string, body any) {
	t.Helper()
	texts(body, "slack", func(path, shown string) {
		rest := ours.ReplaceAllString(shown, "")
		if strings.ContainsAny(rest, "<>") {
			t.Errorf("%s of %q has angle brackets of its own: %q", path, text, shown)
		}
		if regexp.MustCompile(`&($|[^alg]|a[^m]|l[^t]|g[^t])`).MatchString(rest) {
			t.Errorf("%s of %q has a bare &: %q", path, text, shown)
		}
		if regexp.MustCompile(`@\w`).MatchString(rest) || strings.Contains(rest, "](") {
			t.Errorf("%s of %q mentions somebody or links: %q", path, text, shown)
		}
		if n := utf8.RuneCountInString(shown); n > slackLimit || n == 0 {
			t.Errorf("%s of %q has %d characters", path, text, utf8.RuneCountInString(shown))
		}
	})
	if at(t, body, "blocks", 0, "text", "verbatim") != true {
		t.Error("Slack makes links of bare addresses")
	}
}

func TestHostileTextForgesNothing(t *testing.T) {
	for _, text := range evils() {
		checkReceivers(t, text)
	}
}

func FuzzReceivers(f *testing.F) {
	for _, text := range evils() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text != "" {
			checkReceivers(t, text)
		}
	})
}
