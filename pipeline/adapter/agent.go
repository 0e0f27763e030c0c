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
	if c.Browser == "Safari" && c.OS == "Android" {
		c.Browser = "Android Browser" // that of before 2014: Safari is on no Android
	}
	switch {
	case firstOf(agent, televisions) != "":
		c.Device = "tv"
	case strings.Contains(agent, "PlayStation"), strings.Contains(agent, "Xbox"), strings.Contains(agent, "Nintendo"):
		c.Device = "console"
	case strings.Contains(agent, "iPad"), strings.Contains(agent, "Kindle"),
		strings.Contains(agent, "Tablet") && !strings.Contains(agent, "Tablet PC"), // of Windows: a notebook with a pen
		c.OS == "Android" && !strings.Contains(agent, "Mobile") && !strings.Contains(agent, "Opera Mini"):
		c.Device = "tablet"
	case strings.Contains(agent, "Mobi"), strings.Contains(agent, "iPhone"), strings.Contains(agent, "iPod"), strings.Contains(agent, "Opera Mini"):
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
	lower = strings.ReplaceAll(lower, "cubot", "") // a maker of telephones
	for _, name := range bots {
		if strings.Contains(lower, name) {
			return true
		}
	}
	return false
}

// bots are parts of the names of programs, in small letters.
var bots = []string{
	// robots of searches, models and shops
	"bot", "crawl", "spider", "slurp", "+http", "mediapartners-google", "google-inspectiontool", "googleother", "apis-google", "feedfetcher",
	"ia_archiver", "archiver", "ahrefs", "semrush", "chatgpt-user", "oai-searchbot", "anthropic-ai", "claude-web", "claude-user", "perplexity-user", "cohere-ai",
	// previews of links
	"facebookexternalhit", "meta-externalagent", "bingpreview", "skypeuripreview", "whatsapp/", "embedly", "vkshare", "feed",
	// tests and probes
	"headless", "phantomjs", "puppeteer", "playwright", "selenium", "lighthouse", "pingdom", "gtmetrix", "ptst/", "statuscake", "site24x7",
	"kube-probe", "healthcheck", "check_http", "googlehc/", "prometheus/", "blackbox", "zgrab", "masscan", "nmap", "nikto", "sqlmap", "censysinspect",
	"validator",
	// libraries
	"curl/", "wget", "python-", "python/", "java/", "jakarta", "go-http-client", "libwww", "httpclient", "axios/", "node-fetch", "undici", "node.js", "aiohttp", "scrapy",
	"guzzle", "postmanruntime", "insomnia/", "httpie/", "ruby/", "perl/", "php/", "dart:io", "reqwest", "powershell",
}

// product is text in a user agent, and what it stands for.
type product struct{ text, name string }

// The order matters: Edge also names Chrome, and Chrome also names Safari. So what is
// built of another browser comes before it.
var (
	systems = []product{
		{"Windows Phone", "Windows Phone"},
		{"Xbox", "Xbox"},
		{"Windows", "Windows"},
		{"iPhone", "iOS"},
		{"iPad", "iOS"},
		{"iPod", "iOS"},
		{"KAIOS", "KaiOS"},
		{"Tizen", "Tizen"},
		{"Web0S", "webOS"},
		{"webOS", "webOS"},
		{"HarmonyOS", "HarmonyOS"},
		{"OpenHarmony", "HarmonyOS"},
		{"Android", "Android"},
		{"CrOS", "ChromeOS"},
		{"PlayStation", "PlayStation"},
		{"Nintendo", "Nintendo"},
		{"Mac OS X", "macOS"},
		{"Macintosh", "macOS"},
		{"Linux", "Linux"},
		{"X11", "Unix"},
	}
	browsers = []product{
		// within apps, which name the browser below them as well
		{"FBAN/", "Facebook"},
		{"FBAV/", "Facebook"},
		{"Instagram ", "Instagram"},
		{"MicroMessenger/", "WeChat"},
		{"musical_ly", "TikTok"},
		{"BytedanceWebview", "TikTok"},
		{" Line/", "LINE"},
		{"Snapchat/", "Snapchat"},
		{"Pinterest/", "Pinterest"},
		{"LinkedInApp", "LinkedIn"},
		{"GSA/", "Google App"},
		// built of Chromium
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"Edge/", "Edge"},
		{"OPR/", "Opera"},
		{"OPT/", "Opera"},
		{"OPX/", "Opera"},
		{"OPiOS/", "Opera"},
		{"Opera", "Opera"},
		{"Vivaldi/", "Vivaldi"},
		{"YaBrowser/", "Yandex"},
		{"YaApp_", "Yandex"},
		{"YaSearchBrowser/", "Yandex"},
		{"Silk/", "Silk"},
		{"Silk-Accelerated", "Silk"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"UCBrowser/", "UC Browser"},
		{"UBrowser/", "UC Browser"},
		{"UCWEB", "UC Browser"},
		{"MiuiBrowser/", "MIUI Browser"},
		{"HuaweiBrowser/", "Huawei Browser"},
		{"HeyTapBrowser/", "HeyTap Browser"},
		{"VivoBrowser/", "Vivo Browser"},
		{"QQBrowser/", "QQ Browser"},
		{"Whale/", "Whale"},
		{"coc_coc_browser/", "Coc Coc"},
		{"DuckDuckGo/", "DuckDuckGo"},
		{"Ddg/", "DuckDuckGo"},
		{"Brave/", "Brave"},
		{"Ecosia", "Ecosia"},
		{"Electron/", "Electron"},
		// built of Firefox
		{"SeaMonkey/", "SeaMonkey"},
		{"PaleMoon/", "Pale Moon"},
		{"Focus/", "Firefox"},
		{"Klar/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Chromium/", "Chrome"},
		{"IEMobile/", "Internet Explorer"},
		{"MSIE ", "Internet Explorer"},
		{"Trident/", "Internet Explorer"},
		{"Safari/", "Safari"},
		{"AppleWebKit/", "WebView"},
	}
	televisions = []product{
		{"SmartTV", "tv"},
		{"SMART-TV", "tv"},
		{"Smart TV", "tv"},
		{"Web0S", "tv"},
		{"NetCast", "tv"},
		{"CrKey", "tv"},
		{"GoogleTV", "tv"},
		{"Google TV", "tv"},
		{"Android TV", "tv"},
		{"AppleTV", "tv"},
		{"BRAVIA", "tv"},
		{"HbbTV", "tv"},
		{"; AFT", "tv"}, // Fire TV
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
