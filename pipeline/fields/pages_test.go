package fields

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPageNames(t *testing.T) {
	f := func(u URLs, raw, want string) {
		t.Helper()
		if got := string(NewNamer(u).AppendPage(nil, []byte(raw))); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
	path := URLs{Key: PathKey, Normalise: true}
	// Paths.
	f(path, "/order/8841", "/order/:id")
	f(path, "/", "/")
	f(path, "/cart/", "/cart")
	f(path, "//cart", "/")
	f(path, "/a//b///c/", "/a/b/c")
	f(path, "/cart?x=1", "/cart")
	f(path, "/cart#top", "/cart")
	f(path, "/cart?next=/order/1#x?y", "/cart")
	f(path, "/cart/?", "/cart")
	f(path, "/cart;jsessionid=AB12/pay;v=1", "/cart/pay")
	f(path, "?x=1", "")
	f(path, "", "")
	f(path, "/Cart/ÄÖ/世界", "/Cart/ÄÖ/世界")
	f(path, "/%E4%B8%96", "/世")
	f(path, "/caf%c3%a9/a%20b/%7Ejane", "/café/a b/~jane")
	f(path, "/a%2fb/%3f/%23/%25/%3b/%0A/%C3%28/%ff", "/a%2Fb/%3F/%23/%25/%3B/%0A/%C3(/%FF")
	f(path, "/100%/%%34%31/%4", "/100%25/%2541/%254")
	f(path, "/%C3é", "/%C3é")
	f(path, "/%38841", "/:id")
	// What is an id.
	f(path, "/8841.html", "/:id.html")
	f(path, "/0", "/:id")
	f(path, "/2024/05/31/news", "/:id/:id/:id/news")
	f(path, "/item-8841", "/item-8841")
	f(path, "/v1.2.3/install", "/v1.2.3/install")
	f(path, "/3.5", "/3.5")
	f(path, "/550e8400-e29b-41d4-a716-446655440000", "/:uuid")
	f(path, "/550E8400-E29B-41D4-A716-446655440000.json", "/:uuid.json")
	f(path, "/550e8400-e29b-41d4-a716-44665544000", "/:id")
	f(path, "/5f3a9c1b", "/:hash")
	f(path, "/deadbeef", "/deadbeef")
	f(path, "/5f3a9c1", "/:token")
	f(path, "/507f1f77bcf86cd799439011", "/:hash")
	f(path, "/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "/:hash")
	f(path, "/user/jane.doe@example.org/edit", "/user/:email/edit")
	f(path, "/user/jane%40example.org", "/user/:email")
	f(path, "/@jane", "/@jane")
	f(path, "/a@b", "/a@b")
	f(path, "/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/:token")
	f(path, "/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "/:token")
	f(path, "/cs_test_a1B2c3D4e5F6g7H8i9J0k1L2", "/:token")
	f(path, "/top-10-laptops-of-2024-reviewed", "/top-10-laptops-of-2024-reviewed")
	f(path, "/InternationalizationSettings2", "/InternationalizationSettings2")
	f(path, "/main.3f9a8b7c.js", "/main.3f9a8b7c.js")
	f(path, "/:id/:token/:email", "/:id/:token/:email")
	// URLs.
	f(path, "https://shop.example/order/8841?x=1#y", "/order/:id")
	f(path, "https://shop.example", "/")
	f(path, "https://shop.example?x=1", "/")
	f(path, "HTTPS://user:secret@Shop.Example:443/cart/", "/cart")
	f(path, "//cdn.example/x/1", "/x/:id")
	f(path, "shop://cart/8841?x=1", "shop://cart/:id")
	f(path, "shop://me:secret@cart/8841", "shop://cart/:id")
	f(path, "shop://cart", "shop://cart/")
	f(path, "file:///C:/app/index.html#/pay/7", "file:///C:/app/index.html#/pay/:id")
	// Routes in fragments.
	f(path, "/#/checkout/8841?step=2", "/#/checkout/:id")
	f(path, "https://shop.example/#!/checkout/", "/#!/checkout")
	f(path, "/app?x=1#/a", "/app#/a")
	f(path, "/#/", "/#/")
	f(path, "/#!/", "/#!/")
	// Screen names.
	f(path, "Checkout", "Checkout")
	f(path, "Checkout / Payment", "Checkout / Payment")
	f(path, "Order #8841", "Order #8841")
	f(path, "Order/8841", "Order/:id")
	f(path, "order?email=jane@example.org", "order")
	f(path, "about:blank", "about:blank")

	hosts := URLs{Key: HostPathKey, Normalise: true}
	f(hosts, "https://Shop.Example/order/8841?x=1", "shop.example/order/:id")
	f(hosts, "http://shop.example:80", "shop.example/")
	f(hosts, "http://shop.example:8080/a/", "shop.example:8080/a")
	f(hosts, "//cdn.example/x", "cdn.example/x")
	f(hosts, "/order/8841", "/order/:id")
	f(hosts, "Checkout", "Checkout")

	kept := URLs{Key: PathKey, Normalise: true, KeepQuery: []string{"tab", "step"}}
	f(kept, "/a/1?step=2&x=9&tab=3&tab=4#f", "/a/:id?tab=3&step=2")
	f(kept, "/a?step", "/a?step")
	f(kept, "/a?xtab=1&tab", "/a?tab")
	f(kept, "/#/a?tab=1&token=2", "/#/a?tab=1")
	f(kept, "https://shop.example?tab=1", "/?tab=1")

	plain := URLs{Key: PathKey}
	f(plain, "https://shop.example/order/8841/?x=1", "/order/8841/")
	f(plain, "/a//b;v=1", "/a//b;v=1")

	whole := URLs{Key: WholeURL, Normalise: true}
	f(whole, "https://u:p@Shop.example:443/order/8841?x=1#y", "https://u:p@Shop.example:443/order/8841?x=1#y")
}

func TestOpNames(t *testing.T) {
	f := func(u URLs, raw, want string) {
		t.Helper()
		if got := string(NewNamer(u).AppendOp(nil, []byte(raw))); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
	path := URLs{Key: PathKey, Normalise: true}
	f(path, "POST /order/8841/pay?token=1", "POST /order/:id/pay")
	f(path, "POST https://api.example/order/8841?token=1", "POST /order/:id")
	f(path, "/order/8841", "/order/:id")
	f(path, "https://api.example/v2", "/v2")
	f(path, "mutation PlaceOrder", "mutation PlaceOrder")
	f(path, "PlaceOrder", "PlaceOrder")
	f(path, "form#signup", "form#signup")
	f(path, "what?", "what?")
	f(path, "GET", "GET")
	f(path, "GET ", "GET ")
	f(path, "", "")
	f(URLs{Key: HostPathKey, Normalise: true}, "POST https://API.example/order/8841", "POST api.example/order/:id")
	f(URLs{Key: PathKey, Normalise: true, KeepQuery: []string{"op"}}, "POST /graphql?op=Pay&id=1", "POST /graphql?op=Pay")
	f(URLs{Key: WholeURL}, "POST /order/8841/pay?token=1", "POST /order/8841/pay?token=1")
}

// anyPath draws what trackers might send as a page.
func anyPath(t *rapid.T) string {
	segment := rapid.OneOf(
		rapid.StringMatching(`[a-z]{0,12}`), rapid.StringMatching(`[0-9]{1,12}`), rapid.StringMatching(`[0-9a-f]{6,40}`),
		rapid.StringMatching(`[A-Za-z0-9_.~=-]{1,40}`), rapid.StringMatching(`[a-z.]{1,9}(@|%40)[a-z.]{1,12}`),
		rapid.StringMatching(`(%[0-9A-Fa-f]{2}|%|[a-z0-9;]|é|%C3%A9){0,9}`), rapid.StringMatching(`[A-Za-z0-9]{1,9}[-_][A-Za-z0-9]{1,9}(-[A-Z0-9]{1,9})?`),
		rapid.StringMatching(`[0-9]{1,5}\.[a-z]{1,6}`), rapid.StringMatching(`[ -~]{0,20}`),
	)
	path := "/" + strings.Join(rapid.SliceOfN(segment, 0, 5).Draw(t, "segments"), "/")
	return rapid.SampledFrom([]string{"", "", "https://shop.example", "shop://x"}).Draw(t, "origin") + path
}

func TestNameOfNameIsItself(t *testing.T) {
	for _, u := range []URLs{{Key: PathKey, Normalise: true}, {Key: PathKey, Normalise: true, KeepQuery: []string{"tab"}}} {
		n := NewNamer(u)
		rapid.Check(t, func(t *rapid.T) {
			raw := anyPath(t)
			once := n.AppendPage(nil, []byte(raw))
			if twice := n.AppendPage(nil, once); string(twice) != string(once) {
				t.Fatalf("%q is %q, and that is %q", raw, once, twice)
			}
			op := n.AppendOp(nil, append([]byte("GET "), raw...))
			if again := n.AppendOp(nil, op); string(again) != string(op) {
				t.Fatalf("operation %q is %q, and that is %q", raw, op, again)
			}
		})
	}
}

func TestNoQuerySurvives(t *testing.T) {
	n := NewNamer(URLs{Key: PathKey, Normalise: true})
	rapid.Check(t, func(t *rapid.T) {
		path := anyPath(t)
		raw := path + "?email=" + "s3cr3t" + "&x=y"
		if name := string(n.AppendPage(nil, []byte(raw))); strings.Contains(name, "s3cr3t") && !strings.Contains(path, "#") {
			t.Fatalf("%q is %q", raw, name)
		}
	})
}

func TestLinks(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                  "",
		"/cart":                             "/cart",
		"/cart?x=1#y":                       "/cart",
		"https://shop.example/a?x=1":        "https://shop.example/a",
		"https://shop.example#a":            "https://shop.example",
		"https://u:p@shop.example/a@b/c?x":  "https://shop.example/a@b/c",
		"ftp://u@shop.example":              "ftp://shop.example",
		"https://shop.example/a@b":          "https://shop.example/a@b",
		"#":                                 "#",
		"#pay":                              "#",
		"?x=1":                              "",
		"mailto:jane@example.org?subject=x": "mailto:",
		"tel:+4912345":                      "tel:",
		"javascript:void(0)":                "javascript:",
		"data:text/html,hello":              "data:",
		"/a:b":                              "/a:b",
		"a?b:c":                             "a",
	} {
		if got := CleanHref(raw); got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
		if again := CleanHref(want); again != want {
			t.Errorf("%q is %q, want itself", want, again)
		}
	}
}
