//go:build linux

package worker

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/rules"
	"friction/pipeline/simulate"
)

// A worker with a small memory limit, much to read and a ClickHouse that takes nothing
// stops reading, says so, stays within its limit, and catches up by itself.
func TestMemoryStaysWithinItsLimit(t *testing.T) {
	const partitions, events, limit = 4, 400_000, 200 << 20
	s := startServers(t, partitions)
	s.produceMany(t, events)
	var open atomic.Bool
	target, err := url.Parse(s.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = target.Host }}
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !open.Load() && strings.Contains(r.URL.Query().Get("query"), "_log") {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(gate.Close)

	rules, err := rules.New(engine.DefaultConfig(), decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	spec := workerSpec{Config: batchLoad(), Kafka: s.Kafka, ClickHouse: s.ClickHouse, Rules: rules.Encoded(), MemoryLimit: limit}
	spec.ClickHouse.DSN = strings.Replace(gate.URL, "http://", "http://"+target.User.String()+"@", 1)
	addr := httptest.NewServer(http.NotFoundHandler()) // its address is free once it is closed
	spec.HTTP = addr.Listener.Addr().String()
	addr.Close()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "worker.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(text), fmt.Sprint("GOMEMLIMIT=", limit))
	testcluster.StartProcess(t, "worker", cmd, out)

	say := func(path string) string { return asked("http://" + spec.HTTP + path) }
	until(t, "the worker to stop reading", func() bool {
		if sum(say("/metrics"), "friction_events_consumed_total") == events {
			t.Fatal("it has read everything: the test proves nothing")
		}
		return strings.Contains(say("/readyz"), "not clickhouse")
	})
	open.Store(true)
	until(t, "the worker to catch up", func() bool {
		m := say("/metrics")
		return sum(m, "friction_events_consumed_total") == events && sum(m, "friction_unflushed_bytes") == 0
	})
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	peak, _ := strconv.Atoi(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindStringSubmatch(string(status))[1])
	t.Logf("at most %d MiB resident, the limit is %d MiB", peak>>10, limit>>20)
	if peak<<10 > limit*3/2 { // the limit is the collector's; the program itself comes on top, and what the collector is late with
		t.Errorf("%d MiB resident, the limit is %d MiB", peak>>10, limit>>20)
	}
}

// produceMany sends page views of many users, evenly over 40 minutes.
func (s *servers) produceMany(t *testing.T, n int) {
	t.Helper()
	p := s.Producer(t)
	const start, span = 1_700_000_000_000, 2_400_000
	for i := range n {
		user, at := fmt.Sprint("user-", i%5000), start+int64(i)*span/int64(n)
		value := fmt.Appendf(nil, `{"time":%d,"user":%q,"type":"page_view","page":"/page/%c%c"}`, at, user, 'a'+i%23, 'a'+i/7%4)
		if err := p.Send(t.Context(), []string{simulate.Clickstream, simulate.Telemetry}[i%2], []byte(user), value, event.Millis(at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// sum adds the series of a metric up.
func sum(metrics, name string) (total float64) {
	for _, m := range regexp.MustCompile(`(?m)^`+name+`(?:\{[^}]*\})? (\S+)$`).FindAllStringSubmatch(metrics, -1) {
		x, _ := strconv.ParseFloat(m[1], 64)
		total += x
	}
	return total
}
