package decode_test

import (
	"fmt"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

func ExampleDecoder_Decode() {
	d, err := decode.New(decode.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	rec := event.Record{
		Time:  event.Millis(time.Date(2026, 3, 1, 12, 0, 1, 0, time.UTC).UnixMilli()),
		Key:   []byte("u-7"),
		Value: []byte(`{"time":"2026-03-01T12:00:00Z","user":"u-7","type":"click","page":"/order/8841","target":"pay"}`),
	}
	var e event.Event
	fmt.Println(d.Decode(&rec, &e).Reason == event.Accepted, e.Type, e.Page, e.Target.ID)

	rec.Value = []byte(`{"time":"2031-03-01T12:00:00Z","user":"u-7","type":"click"}`)
	r := d.Decode(&rec, &e)
	fmt.Println(r.Reason, "-", r.Detail)
	// Output:
	// true click /order/:id pay
	// time_future - time is more than reject_future ahead of the record time
}

// A file of page visits with a header line.
func ExampleDecoder_SetHeaderLine() {
	cfg := decode.DefaultConfig()
	cfg.Format = decode.CSV
	cfg.Map = "time=timestamp:s, user=panelist_id, page=url, type='page_view'"
	d, err := decode.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := d.SetHeaderLine([]byte("panelist_id,wave,timestamp,url,device")); err != nil {
		fmt.Println(err)
		return
	}
	rec := event.Record{NoKey: true, Time: event.Never, Value: []byte("AiDS4k1rQZ,1,1551380987.065,https://shop.example/cart?x=1,mobile")}
	var e event.Event
	fmt.Println(d.Decode(&rec, &e).Reason == event.Accepted, e.Time, e.User, e.Page)
	// Output:
	// true 1551380987065 AiDS4k1rQZ /cart
}

// A table of requests without a header; the operation is made of two columns and
// stays as it is.
func ExampleConfig() {
	cfg := decode.DefaultConfig()
	cfg.Format = decode.TSV
	cfg.Columns = []string{"host", "time", "method", "url", "response"}
	cfg.Map = "time=time:s, user=host, type='request', page=url, op=method+' '+url, status=response"
	cfg.Ops.Key = decode.WholeURL
	cfg.NotBefore = "1995-01-01"
	d, err := decode.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	rec := event.Record{NoKey: true, Time: event.Never, Value: []byte("vcc7.langara.bc.ca\t807256804\tGET\t/shuttle/70/?full\t404")}
	var e event.Event
	fmt.Println(d.Decode(&rec, &e).Reason == event.Accepted, e.Op, e.Page, e.Status, e.Failed())
	// Output:
	// true GET /shuttle/70/?full /shuttle/:id 404 true
}

func ExampleAppendNative() {
	cfg := decode.DefaultConfig()
	cfg.Format = decode.NCSA
	d, err := decode.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	line := `192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "POST /cart/8841/pay?token=1 HTTP/1.1" 502 - "-" "curl/8.4.0"`
	var e event.Event
	if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(line)}, &e); r.Reason != event.Accepted {
		fmt.Println(r)
		return
	}
	fmt.Println(string(decode.AppendNative(nil, &e)))
	// Output:
	// {"time":"2026-03-01T12:00:00Z","user":"192.0.2.1","type":"request","page":"/cart/:id/pay","op":"POST /cart/:id/pay","status":502,"ok":false,"context":{"device":"bot"},"attrs":{"user_agent":"curl/8.4.0"}}
}
