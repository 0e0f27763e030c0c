package adapter

import (
	"strings"

	"friction/pipeline/event"
)

// contextOfAgent finds device, operating system and browser in a user agent by a
// few texts that name them. What it does not know it leaves empty. It reads no
// versions and keeps no list of devices, so its values are a short, closed list.
//
// Why no library does this: docs/decisions/0024-2026-11-30-libraries-at-the-edges.md.
func contextOfAgent(agent string) event.Context {
	if isBot(agent) {
		return event.Context{Device: "bot"}
	}
	c := event.Context{
		OS:      firstOf(agent, systems),
		Browser: firstOf(agent, browsers),
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

// isBot recognises programs that name themselves, or the address of a page about
// them.
func isBot(agent string) bool {
	lower := strings.ToLower(agent)
	for _, name := range []string{"bot", "crawl", "spider", "slurp", "+http", "curl/", "wget/", "python-", "java/", "go-http-client", "libwww", "feed"} {
		if strings.Contains(lower, name) {
			return true
		}
	}
	return false
}

// product is text in a user agent, and what it stands for.
type product struct{ text, name string }

// The order matters: Edge also names Chrome, and Chrome also names Safari.
var (
	systems = []product{
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
	browsers = []product{
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

func firstOf(agent string, products []product) string {
	for _, p := range products {
		if strings.Contains(agent, p.text) {
			return p.name
		}
	}
	return ""
}
