package fields

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The list of placeholders in the documentation is true.
func TestPlaceholdersAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "<!-- placeholders: held against the code by a test -->")
	table, _, ended := strings.Cut(table, "\n\nA screen name")
	if !found || !ended {
		t.Fatal("docs/events.md has no list of placeholders")
	}
	n := NewNamer(URLs{Key: PathKey, Normalise: true})
	examples := regexp.MustCompile("`([^`]+)` → `([^`]+)`").FindAllStringSubmatch(table, -1)
	for _, x := range examples {
		if got := string(n.AppendPage(nil, []byte(x[1]))); got != x[2] {
			t.Errorf("%s is %s, the documentation says %s", x[1], got, x[2])
		}
	}
	if len(examples) < 40 {
		t.Errorf("%d examples, the test may look in the wrong place", len(examples))
	}
	for _, name := range []string{":id", ":uuid", ":date", ":hash", ":email", ":token"} {
		if !strings.Contains(table, "| `"+name+"` |") {
			t.Errorf("no row for %s", name)
		}
	}
}

// What looks like a name is one, although it has figures in it.
func TestNamesWithNumbersStay(t *testing.T) {
	n := NewNamer(URLs{Key: PathKey, Normalise: true})
	for name := range strings.FieldsSeq(`
		help-100-customers top-10-laptops-of-2024-reviewed best-of-2025 2024-review iphone-15-pro iPhone15Pro windows-11 windows-10-download rtx-4090
		rtx-4090-review iso-27001 iso-9001 din-en-iso-9001 sha-256 utf-8 covid-19 COVID-19 SHA-256 UTF-8 24-7-support 360-tour 3d-printer mp3-player web3
		h264 i18n k8s oauth2 s3 ec2-instances base64 base64-decode checkout-step-2 step2 step_2 page-2 section-3a q4-2024-results fy2024 1-und-1 7-zip
		10-best-tips 500-words 1000-ideas 100k b2b b2b-shop x86_64 arm64-v8a win32 area-51 catch-22 route-66 boeing-737-800 form-1040 401k 404-error
		50-50 GPT-4o InternationalizationSettings2 Web3Summit2024 ThinkPad-X1-Carbon-Gen9 v2 v1.2.3 v1.2.3-beta.4 en-US de-CH covid19 plan_covid19 top_100_songs
		user_settings order_history product_2 user_guide_2024 sub_menu id_card team_2024 about-us faq a1 2d 4k-monitors 5g-netz ipv6 2fa mod_rewrite
		wordpress-6-5-release python-3-12 log4j2 level-80 usb-c usb-3-2 win-95 nato-2030 agenda-2030 mp4 sommer-2026 s24-ultra airbus-a320neo catch-me-if-you-can
		facade deadbeef decade added-feed cafe beef-bad-cafe 1080p 4x4 covid-2019-faq 2024-25 2024-00 XKCD-ABCD F-150 G-20-SUMMIT 2026-season 24-hour-sale 3-in-1 H2O-TEST main.3f9a8b7c.js jquery-3.7.1.min.js InvoiceList OrderDetails_v2`) {
		path := "/shop/" + name
		if got := string(n.AppendPage(nil, []byte(path))); got != path {
			t.Errorf("%s is %s", path, got)
		}
	}
}

// What is an id is none of many names.
func TestIDsOfAllMakes(t *testing.T) {
	n := NewNamer(URLs{Key: PathKey, Normalise: true})
	for id := range strings.FieldsSeq(`
		4711-slug 10001-nights 83992-a-title-of-an-article usr_8f3Kd92LmQ usr_9f8a7b6c5d user_12345 cus_NffrFeUfNV2H19 cs_test_a1B2c3D4e5F6g7H8i9J0k1L2
		pi_3MtwBwLkdIwHu7ix28a3tqPa in_1MtHbELkdIwHu7ixl4OzzPMv ORD-2025-001234 ORD-10023 INV-0042 inv-000123 PROJ-123 tt0111161 dQw4w9WgXcQ 9bZkp7q19f0
		8f3K9x B08N5WRWNW x7k2p9q4 red-shoes-10293847 nike-air-max-p123456 title-of-a-post-3f9a8b7c6d5e my-page-0f8fad5b-d9cb-469f-a165-70867728950e
		My-Notes-1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d 550e8400e29b41d4a716446655440000 01ARZ3NDEKTSV4RRFFQ69G5FAV V1StGXR8_Z5jdHi6B-myT 978-3-16-148410-0
		2026-03-01 2026-03 2026-03-01-release report-2026-03-01 8f3a9c1b-a-title A1B2-C3D4-E5F6 0f8fad5b-d9cb-469f-a165-70867728950e-draft jane@example.org 1,2,3 5f3a9c1b order-20250301-0007 sess_4f9d2a71 txn_123456 item-0042 CVE-2024-12345 abc12345`) {
		path := "/shop/" + id
		if got := string(n.AppendPage(nil, []byte(path))); !strings.HasPrefix(got, "/shop/:") || strings.Contains(got[7:], "/") {
			t.Errorf("%s is %s", path, got)
		}
	}
}

func TestRulesOfPages(t *testing.T) {
	f := func(u URLs, raw, want string) {
		t.Helper()
		if got := string(NewNamer(u).AppendPage(nil, []byte(raw))); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
	rules := []PageRule{
		{"/media/genre/list", "/media/genre/list"},
		{"/media/genre/*", "/media/genre/:genre"},
		{"/blog/**", "Blog"},
		{"/archive/2024", "/archive/2024"},
		{"/app#/task/*", "Task"},
		{"/käse *", "/cheese"},
		{"shop://cart/*", "Cart"},
	}
	u := URLs{Key: PathKey, Normalise: true, Rules: rules, KeepQuery: []string{"tab"}}
	if err := u.Check("pages"); err != nil {
		t.Fatal(err)
	}
	f(u, "/media/genre/list", "/media/genre/list")
	f(u, "/media/genre/jazz", "/media/genre/:genre")
	f(u, "https://shop.example/media//genre/jazz/?x=1&tab=2#top", "/media/genre/:genre?tab=2")
	f(u, "/media/genre/jazz/1", "/media/genre/jazz/:id")
	f(u, "/blog/2024/05/31/a-title", "Blog")
	f(u, "/archive/2024", "/archive/2024")
	f(u, "/archive/2023", "/archive/:id")
	f(u, "/app#/task/17?tab=3", "Task?tab=3")
	f(u, "/k%C3%A4se%20alt", "/cheese")
	f(u, "shop://cart/17", "Cart")
	f(u, "/order/8841", "/order/:id")
	f(URLs{Key: HostPathKey, Normalise: true, Rules: []PageRule{{"a.example/**", "A"}}}, "https://A.example/x/1", "A")
	f(URLs{Key: WholeURL, Rules: []PageRule{{"https://a.example/*", "A"}}}, "https://a.example/x", "A")
	f(URLs{Key: PathKey, Rules: []PageRule{{"/x/*", "/x"}}}, "/x/1?y=2", "/x")
	op := string(NewNamer(u).AppendOp(nil, []byte("GET /media/genre/jazz")))
	if op != "GET /media/genre/:genre" {
		t.Errorf("the operation is %q", op)
	}
	for want, bad := range map[string]PageRule{
		`pages.rules[1].match: missing: want a glob over pages such as /media/genre/*`:      {"", "x"},
		`pages.rules[1].name: missing: want the name of the pages that match "/a"`:          {"/a", ""},
		`pages.rules[1].name: "/b/1" would be named "/b/:id" when it is read again: want a`: {"/a", "/b/1"},
		`pages.rules[1].name: "/b/?x" would be named "/b" when it is read again: want a`:    {"/a", "/b/?x"},
	} {
		u.Rules = []PageRule{{"/ok", "/ok"}, bad}
		if err := u.Check("pages"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
