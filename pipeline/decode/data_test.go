package decode_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// The maps of the real data sets.
const (
	pageVisitsMap = `time=timestamp:s,user=panelist_id,page=url,type='page_view',context.device=device`
	nasaMap       = `time=time:s,user=host,type='request',page=url,op=method+' '+url,status=response`
)

// openData opens a file of the real data, which is not part of the repository.
func openData(t testing.TB, name string) *bufio.Scanner {
	t.Helper()
	root := os.Getenv("FRICTION_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		t.Skipf("real data is not here, set FRICTION_DATA to its folder: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(z)
}

// decodeFile decodes all lines, the first being the header if there is one.
func decodeFile(t *testing.T, cfg decode.Config, name string, header bool) []event.Event {
	t.Helper()
	d, err := decode.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	lines := openData(t, name)
	if header {
		lines.Scan()
		if err := d.SetHeaderLine(lines.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	var events []event.Event
	for n := 1; lines.Scan(); n++ {
		rec := event.Record{Time: event.Never, NoKey: true, Value: lines.Bytes()}
		var e event.Event
		if r := d.Decode(&rec, &e); r.Reason != event.Accepted {
			t.Fatalf("line %d: %s: %s", n, r.Reason, r.Detail)
		}
		events = append(events, e)
	}
	return events
}

type facts struct {
	events, keys int
	first, last  event.Millis
}

func factsOf(events []event.Event) facts {
	f := facts{events: len(events), first: event.Never, last: event.Beginning}
	keys := map[event.Key]bool{}
	for i := range events {
		keys[events[i].Key] = true
		f.first = min(f.first, events[i].Time)
		f.last = max(f.last, events[i].Time)
	}
	f.keys = len(keys)
	return f
}

// The facts were counted by other code, see the README beside the data.

func TestPageVisits(t *testing.T) {
	cfg := decode.DefaultConfig()
	cfg.Format = decode.CSV
	cfg.Map = pageVisitsMap
	cfg.Pages = decode.URLs{Key: decode.WholeURL}
	events := decodeFile(t, cfg, "clickstream/webtrackr_testdt_tracking.csv.gz", true)
	got := factsOf(events)
	if got.events != 49_612 || got.keys != 5 {
		t.Errorf("got %d events of %d keys, want 49,612 of 5", got.events, got.keys)
	}
	if events[0].Time != 1551380987065 || events[0].Page != "https://dkr1.ssisurveys.com/tzktsxomta" || events[0].Context.Device != "mobile" {
		t.Errorf("first event is %+v", events[0])
	}
}

func TestNASA(t *testing.T) {
	cfg := decode.DefaultConfig()
	cfg.Format = decode.TSV
	cfg.Map = nasaMap
	cfg.NotBefore = "1995-01-01"
	cfg.Ops = decode.URLs{Key: decode.WholeURL}
	events := decodeFile(t, cfg, "accesslog/nasa_ksc_1995-08-01.tsv.gz", true)
	want := facts{30_969, 2_365, 807_256_800_000, 807_303_121_000}
	if got := factsOf(events); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	failed, retries := 0, retriesWithin(events, 60_000)
	for i := range events {
		if events[i].Failed() {
			failed++
		}
	}
	if failed != 221 || retries != 60 {
		t.Errorf("%d failed and %d retries, want 221 and 60", failed, retries)
	}
}

func TestApacheLog(t *testing.T) {
	cfg := decode.DefaultConfig()
	cfg.Format = decode.NCSA
	cfg.Ops = decode.URLs{Key: decode.WholeURL}
	events := decodeFile(t, cfg, "accesslog/elastic_apache_10k.log.gz", false)
	want := facts{10_000, 1_753, 1_431_857_100_000, 1_432_155_959_000}
	if got := factsOf(events); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// 19 retries are there once the lines are in the order of their times.
	slices.SortStableFunc(events, func(a, b event.Event) int { return cmp.Compare(a.Time, b.Time) })
	if n := retriesWithin(events, 60_000); n != 19 {
		t.Errorf("%d retries, want 19", n)
	}
	client, server := 0, 0
	for i := range events {
		switch events[i].Status / 100 {
		case 4:
			client++
		case 5:
			server++
		}
	}
	if client != 217 || server != 3 {
		t.Errorf("%d client and %d server errors, want 217 and 3", client, server)
	}
}

// retriesWithin counts as the README says: same key and operation at most span
// after a response of 400 or more to the same.
func retriesWithin(events []event.Event, span event.Millis) (n int) {
	type attempt struct {
		key event.Key
		op  string
	}
	failed := map[attempt]event.Millis{}
	for i := range events {
		e := &events[i]
		a := attempt{e.Key, e.Op}
		if at, ok := failed[a]; ok && e.Time-at <= span {
			n++
		}
		delete(failed, a)
		if e.Failed() {
			failed[a] = e.Time
		}
	}
	return n
}
