package decode

import (
	"testing"

	"friction/pipeline/event"
)

// A page is shown as it was sent: what its name leaves out tells it from others.
func TestPageAsItWasSent(t *testing.T) {
	d := decoder(t, nil)
	shown := func(page string) event.Event {
		var e event.Event
		line := `{"time":1772366400000,"user":"u","type":"page_view","page":"` + page + `"}`
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e); r.Reason != event.Accepted {
			t.Fatal(r)
		}
		return e
	}
	first, other := shown("/product/1"), shown("/product/2")
	if first.Page != other.Page || first.RawPage == other.RawPage || first.RawPage == 0 {
		t.Errorf("two products: %q %x and %q %x", first.Page, first.RawPage, other.Page, other.RawPage)
	}
	if again := shown("/product/1"); again.RawPage != first.RawPage {
		t.Errorf("the same page is %x, then %x", first.RawPage, again.RawPage)
	}
	if page := shown("/list?sort=price"); page.RawPage == shown("/list?sort=name").RawPage {
		t.Errorf("two orders of a list are both %x", page.RawPage)
	}
	if page := shown("/cart"); page.RawPage != 0 {
		t.Errorf("a page with nothing left out: %x", page.RawPage)
	}
}
