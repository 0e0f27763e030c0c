package deploy_test

import (
	"regexp"
	"strings"
	"testing"
)

// Every alert for operators has a heading of its own in docs/OPERATING.md, which says what to do, and a test that sees it fire.
func TestAlertsForOperatorsAreExplained(t *testing.T) {
	rules, tests, page := read(t, "prometheus/operations.rules.yml"), read(t, "prometheus/operations.test.yml"), read(t, "../docs/OPERATING.md")
	alerts := strings.Split(rules, "- alert: ")[1:]
	if len(alerts) < 10 {
		t.Fatalf("only %d alerts", len(alerts))
	}
	for _, a := range alerts {
		name, _, _ := strings.Cut(a, "\n")
		heading := regexp.MustCompile(`See docs/OPERATING.md, "([^"]+)"`).FindStringSubmatch(a)
		if heading == nil || !regexp.MustCompile(`(?m)^##+ `+regexp.QuoteMeta(heading[1])+`$`).MatchString(page) {
			t.Errorf("%s does not name a heading of docs/OPERATING.md: %q", name, heading)
		}
		if !regexp.MustCompile(`alertname: `+name+`\n\s+exp_alerts: \[\{`).MatchString(tests) || !strings.Contains(tests, "alertname: "+name+"}") {
			t.Errorf("%s: no test sees it fire, or none sees it keep quiet", name)
		}
	}
}
