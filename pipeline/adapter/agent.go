package adapter

import (
	"strings"

	"friction/pipeline/event"
)

// contextOfAgent tells device, operating system and browser from a user agent by
// the few marks that say so plainly. What it does not know it leaves empty; it
// reads no versions and keeps no list of devices.
func contextOfAgent(agent string) event.Context {
	if isBot(agent) {
		return event.Context{Device: "bot"}
	}
	c := event.Context{
		OS:      firstMark(agent, systemMarks),
		Browser: firstMark(agent, browserMarks),
	}
	switch {
	case strings.Contains(agent, "iPad"), strings.Contains(agent, "Tablet"),
		c.OS == "Android" && !strings.Contains(agent, "Mobile"):
		c.Device = "tablet"
	case strings.Contains(agent, "Mobi"), strings.Contains(agent, "iPhone"), strings.Contains(agent, "iPod"):
		c.Device = "mobile"
	case c.OS != "":
		c.Device = "desktop"
	}
	return c
}

// isBot tells programs that say so themselves, by a name or by an address to
// complain at.
func isBot(agent string) bool {
	lower := strings.ToLower(agent)
	for _, mark := range []string{"bot", "crawl", "spider", "slurp", "+http", "curl/", "wget/", "python-", "java/", "go-http-client", "libwww", "feed"} {
		if strings.Contains(lower, mark) {
			return true
		}
	}
	return false
}

// mark is text that gives a name away.
type mark struct{ text, name string }

// The order matters: one says what others say too, and more.
var (
	systemMarks = []mark{
		{"Windows Phone", "Windows Phone"},
		{"Windows", "Windows"},
		{"iPhone", "iOS"},
		{"iPad", "iOS"},
		{"iPod", "iOS"},
		{"Android", "Android"},
		{"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"},
		{"Macintosh", "macOS"},
		{"Linux", "Linux"},
		{"X11", "Unix"},
	}
	browserMarks = []mark{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"Edge/", "Edge"},
		{"OPR/", "Opera"},
		{"Opera", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Chromium/", "Chrome"},
		{"MSIE ", "Internet Explorer"},
		{"Trident/", "Internet Explorer"},
		{"Safari/", "Safari"},
	}
)

func firstMark(agent string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(agent, m.text) {
			return m.name
		}
	}
	return ""
}
