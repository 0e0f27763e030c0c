package embedded_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	osexec "os/exec"
	"strings"
	"testing"
	"time"
)

// A page of another origin, in a real browser, tries to make the embedded ClickHouse do something: with an image, a form,
// a script, a frame and a request without CORS, without the token and with one that it must not have. It gets nothing read
// and nothing written.
func TestBrowserOnAnotherPage(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it starts a browser")
	}
	chromium, err := osexec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium: .ci/run installs it")
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: no chromium\n", t.Name())
		t.Skip("no chromium")
	}
	for name, host := range map[string]string{"another port": "127.0.0.1", "another site": "localhost"} {
		t.Run(name, func(t *testing.T) { attackFromPage(t, chromium, host) })
	}
}

// attackFromPage opens the page under a name of this machine, and looks at what came of its attempts.
func attackFromPage(t *testing.T, chromium, host string) {
	t.Helper()
	server := startClickHouse(t, t.TempDir())
	must(t, curl(t, server, "CREATE TABLE hit (by String) ENGINE = MergeTree ORDER BY by"), "")
	page := newPage(t, server.Addr(), token(t, server))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	browser := osexec.CommandContext(ctx, chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-port=0", strings.Replace(page.URL, "127.0.0.1", host, 1))
	browser.WaitDelay = 5 * time.Second
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = browser.Process.Kill(); _ = browser.Wait() })
	select {
	case report := <-page.report:
		t.Logf("the page says: %v", report)
		if got := report["ready"]; len(got) == 0 || got[0] != "yes" {
			t.Error("the page did not run")
		}
		for name, values := range report {
			if name != "ready" && values[0] != "refused" {
				t.Errorf("%s: %v", name, values)
			}
		}
	case <-ctx.Done():
		t.Fatal("the browser did not report")
	}
	must(t, curl(t, server, "SELECT count() FROM hit"), "0\n")
}

// page is a site on another origin, with the attempts.
type page struct {
	*httptest.Server
	report chan url.Values
}

func newPage(t *testing.T, target, token string) *page {
	t.Helper()
	p := &page{report: make(chan url.Values, 1)}
	text := strings.NewReplacer("TARGET", "http://"+target, "TOKEN", token).Replace(attackPage)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, text)
		case "/report":
			select {
			case p.report <- r.URL.Query():
			default:
			}
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// attackPage tries one thing after the other, each without and with the token, and reports what came of it. What can only
// be seen from the server's side, such as a form or an answer without CORS, is checked there: each attempt would leave a
// row in the table hit.
const attackPage = `<!doctype html><body><iframe name=sink></iframe><script>
const base = "TARGET/?query=", got = {ready: "yes"};
const insert = by => encodeURIComponent("INSERT INTO hit SELECT '" + by + "'");
const select = encodeURIComponent("SELECT 1");
const element = (tag, attribute, address) => new Promise(done => {
  const e = document.createElement(tag);
  e.onload = () => done("loaded"); e.onerror = () => done("refused");
  e[attribute] = address; document.body.append(e);
  setTimeout(() => done("refused"), 3000);
});
const read = (address, options) => fetch(address, options).then(a => a.text()).then(t => "read " + t, () => "refused");
const blind = (address, options) => fetch(address, {mode: "no-cors", ...options}).then(() => "refused", () => "refused");
const form = (address, body) => new Promise(done => {
  const f = document.createElement("form");
  f.method = "POST"; f.action = address; f.enctype = "text/plain"; f.target = "sink";
  const i = document.createElement("input"); i.name = body; i.value = ""; f.append(i);
  document.body.append(f); f.submit(); setTimeout(() => done("refused"), 1500);
});
(async () => {
  for (const [who, secret] of [["none", ""], ["token", "&user=default&password=TOKEN"]]) {
    got["img " + who] = await element("img", "src", base + insert("img") + secret);
    got["script " + who] = await element("script", "src", base + select + secret);
    got["fetch " + who] = await read(base + select + secret);
    got["post " + who] = await read("TARGET/?database=default" + secret, {method: "POST", body: "INSERT INTO hit SELECT 'post'"});
    got["key " + who] = await read(base + select, {headers: {"X-ClickHouse-Key": "TOKEN"}});
    got["no-cors " + who] = await blind("TARGET/?database=default" + secret, {method: "POST", body: "INSERT INTO hit SELECT 'no-cors'"});
    navigator.sendBeacon("TARGET/?database=default" + secret, "INSERT INTO hit SELECT 'beacon'");
    got["form " + who] = await form("TARGET/?database=default" + secret, "INSERT INTO hit SELECT 'form' --");
    got["include " + who] = await blind("TARGET/?query=" + insert("include") + secret, {credentials: "include"});
  }
  location = "/report?" + new URLSearchParams(got);
})();
</script></body>`
