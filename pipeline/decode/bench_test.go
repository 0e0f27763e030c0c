package decode

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"friction/pipeline/event"
)

// sample is a stream of events as a web tracker sends them: about 300 bytes,
// Zipf users, a few hundred targets, a few thousand contexts.
func sample(n int) []event.Record {
	rnd := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rnd, 1.1, 8, 200_000)
	oses := []string{"Windows", "macOS", "iOS", "Android", "Linux"}
	browsers := []string{"Chrome", "Safari", "Firefox", "Edge"}
	countries := []string{"DE", "US", "FR", "GB", "IN", "BR", "JP", "PL"}
	start := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	recs := make([]event.Record, n)
	for i := range recs {
		id := zipf.Uint64() * 2654435761 % (1 << 32)
		user := fmt.Sprintf("u-%08x", id)
		t := start.Add(time.Duration(i) * 3 * time.Millisecond)
		h := rnd.Uint64()
		context := fmt.Sprintf(`{"device":"%s","os":"%s","browser":"%s","app_version":"4.%d.0","country":"%s"}`,
			[]string{"desktop", "mobile"}[id%2], oses[id>>3%5], browsers[id>>6%4], id>>9%12, countries[id>>14%8])
		head := fmt.Sprintf(`{"time":"%s","user":"%s","app":"shop","session":"s-%06x"`, t.Format("2006-01-02T15:04:05.000Z"), user, h>>40)
		page := []string{"/cart", "/checkout/payment", "/", "/product/8841", "/account/orders", "/search"}[h>>20%6]
		var body string
		switch h >> 30 % 4 {
		case 0:
			body = fmt.Sprintf(`,"type":"page_view","page":"%s","attrs":{"referrer":"/search","load_ms":%d}`, page, h%3000)
		case 1, 2:
			body = fmt.Sprintf(`,"type":"click","page":"%s","target":{"id":"btn-%d","tag":"button","text":"Continue","role":"button"},"x":%d,"y":%d.5`, page, h%300, h%1900, h%1000)
		case 3:
			body = fmt.Sprintf(`,"type":"request","page":"%s","op":"POST /api/v1/orders/%d","status":%d,"duration_ms":%d.25,"attempt":1`, page, h%1000, 200+h%2*302, h%900)
		}
		value := head + body + `,"context":` + context + `}`
		recs[i] = event.Record{Offset: int64(i), Time: event.Millis(t.UnixMilli()) + 40, Key: []byte(user), Value: []byte(value)}
	}
	return recs
}

func reportSample(b *testing.B, recs []event.Record) {
	total := 0
	for i := range recs {
		total += len(recs[i].Value)
	}
	b.SetBytes(int64(total / len(recs)))
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuTime()
	b.Cleanup(func() { b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op") })
}

// cpuTime is what the process has used so far: a busy machine disturbs it less
// than it does the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkNative(b *testing.B) {
	recs := sample(5_000)
	d := decoder(b, nil)
	var e event.Event
	for i := range recs { // fills the caches
		d.Decode(&recs[i], &e)
	}
	reportSample(b, recs)
	for i := range b.N {
		if r := d.Decode(&recs[i%len(recs)], &e); r.Reason != event.Accepted {
			b.Fatal(r)
		}
	}
}

func BenchmarkFormats(b *testing.B) {
	for _, c := range formats[1:] {
		b.Run(string(c.format), func(b *testing.B) {
			d := decoder(b, c.change)
			rec := event.Record{Time: event.Never, NoKey: true, Value: []byte(c.value)}
			reportSample(b, []event.Record{rec})
			var e event.Event
			for range b.N {
				d.Decode(&rec, &e)
			}
		})
	}
}

func BenchmarkAppendNative(b *testing.B) {
	recs := sample(1000)
	d := decoder(b, nil)
	events := make([]event.Event, len(recs))
	for i := range recs {
		d.Decode(&recs[i], &events[i])
	}
	var line []byte
	reportSample(b, recs)
	for i := range b.N {
		line = AppendNative(line[:0], &events[i%len(events)])
	}
}

// The rivals read every field of the same records, and do nothing with them: no
// key, hash, page name, clock or check of UTF-8.

func BenchmarkRivalEncodingJSON(b *testing.B) {
	recs := sample(5_000)
	reportSample(b, recs)
	for i := range b.N {
		var e map[string]any
		if err := json.Unmarshal(recs[i%len(recs)].Value, &e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRivalFastjson(b *testing.B) {
	recs := sample(5_000)
	reportSample(b, recs)
	var p fastjson.Parser
	var read int
	visit := func(_ []byte, v *fastjson.Value) { read += len(v.GetStringBytes()) }
	for i := range b.N {
		v, err := p.ParseBytes(recs[i%len(recs)].Value)
		if err != nil {
			b.Fatal(err)
		}
		v.GetObject().Visit(func(key []byte, v *fastjson.Value) {
			switch v.Type() {
			case fastjson.TypeString:
				read += len(v.GetStringBytes())
			case fastjson.TypeNumber:
				read += int(v.GetFloat64())
			case fastjson.TypeObject:
				v.GetObject().Visit(visit)
			}
		})
	}
}
