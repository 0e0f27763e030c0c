package decode

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
)

// Values made to be searched again and again take time in proportion to their length: each of these has 200 kB. What is
// quadratic in one of them takes seconds.
func TestHostileLinesAreReadInOnePass(t *testing.T) {
	const size = 200_000
	much := func(s string) string { return strings.Repeat(s, size/len(s)) }
	const head, tail = `h - - [10/Oct/2000:13:55:36 -0700] `, `[10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1`
	for format, values := range map[Format][]string{
		NCSA: {
			much("[") + "]", much("[10/Oct/2000:13:55:36 -0700] "), "1.2.3.4" + much(", 1.2.3.4") + " - - " + tail, much("x: ") + tail,
			much("x: a, b, ") + tail, much("stdout F ") + tail, head + much(`" `), head + `"GET / HTTP/1.0" 200 1 ` + much(`"" `),
			head + `"` + much(`"        `), head + `"` + much(`\"`),
		},
		W3C:        {much(`"" `), much(`"a `), much("a "), much("a\t"), "2025-01-01 10:00:00 192.0.2.1 " + much("+%")},
		AccessJSON: {"{" + much(`"a":1,`) + `"b":1}`, much(`{"request":`), `{"path":` + much("["), `{"path":"` + much(`\x41`) + `"}`, `{"xff":"` + much("a,") + `","path":"/"}`},
		CSV:        {much(`"" ,`), much(`"a,`), much(`a",`), much(`""`), much(",")},
	} {
		d := decoder(t, func(c *Config) {
			c.Format, c.Columns, c.Map = format, []string{"date", "time", "c-ip", "cs(User-Agent)"}, "time=time,user=c-ip,type='x'"
		})
		for _, value := range values {
			var e event.Event
			began := time.Now()
			d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(value)}, &e)
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%s: %q… took %v", format, value[:40], took)
			}
		}
	}
}
