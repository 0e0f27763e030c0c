package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"friction/pipeline/alerter"
	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/rules"
	"friction/pipeline/sink"
	"friction/pipeline/source"
	"friction/pipeline/worker"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// metricNames are the names of all series a worker or an alerter can show, whether there is something to show or not.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	inForce, err := rules.New(engine.DefaultConfig(), decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	o := worker.Options{
		Config: worker.DefaultConfig(), Kafka: source.DefaultConfig(), Rules: inForce, ClickHouse: sink.DefaultConfig(), Log: zap.NewNop(), Metrics: worker.NewMetrics("test"),
	}
	o.Kafka.Brokers, o.Kafka.Topics, o.ClickHouse.DSN = []string{"127.0.0.1:1"}, []string{"clickstream"}, "http://127.0.0.1:1" // nobody is asked
	if _, err := worker.New(o); err != nil {
		t.Fatal(err)
	}
	descs := make(chan *prometheus.Desc)
	go func() {
		o.Metrics.Registry.Describe(descs)
		alerter.NewMetrics("test").Registry.Describe(descs)
		close(descs)
	}()
	names := map[string]bool{}
	for d := range descs {
		name := regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())[1]
		for _, suffix := range []string{"", "_bucket", "_sum", "_count"} {
			names[name+suffix] = true
		}
	}
	return names
}

// Rules, dashboards and documents name only metrics that exist.
func TestMetricsThatAreNamedExist(t *testing.T) {
	names := metricNames(t)
	if !names["friction_step_visits"] || !names["friction_event_to_score_seconds_bucket"] || names["friction_nonsense"] {
		t.Fatal("the names of metrics could not be read")
	}
	var files []string
	for _, pattern := range []string{"prometheus/*.rules.yml", "prometheus/*.test.yml", "grafana/dashboards/*.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	files = append(files, "../docs/OPERATING.md", "../docs/metrics.md")
	if len(files) < 4 {
		t.Fatalf("found only %v", files)
	}
	// A name with a colon before or after it is a recording rule's.
	metric := regexp.MustCompile(`(^|[^:\w./-])(friction_[a-z_]+)\b`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var unknown []string
		for _, m := range metric.FindAllStringSubmatch(string(text), -1) {
			if name := strings.TrimSuffix(m[2], "_"); !names[name] && !slices.Contains(unknown, name) {
				unknown = append(unknown, name)
			}
		}
		if unknown != nil {
			t.Errorf("%s names metrics that do not exist: %v", file, unknown)
		}
	}
}
