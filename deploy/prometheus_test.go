package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// promtool runs Prometheus' own checker in deploy/prometheus, or in another folder.
func promtool(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("promtool is needed and was not found; .ci/run installs it (Debian: apt-get install prometheus)")
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: no promtool\n", t.Name())
		t.Skip("promtool was not found (Debian: apt-get install prometheus)")
	}
	c := exec.CommandContext(t.Context(), path, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: found nothing, %v", pattern, err)
	}
	return names
}

// Every file of rules is one that Prometheus takes, together with the configuration that loads them.
func TestPrometheusTakesItsConfigurationAndRules(t *testing.T) {
	if out, err := promtool(t, "prometheus", "check", "config", "prometheus.yml"); err != nil || strings.Count(out, "rules found") != len(glob(t, "prometheus/*.rules.yml")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// Every file of rules has a file of tests beside it: x.rules.yml and x.test.yml.
func TestRulesFireWhenTheyShould(t *testing.T) {
	for _, name := range glob(t, "prometheus/*.rules.yml") {
		test := strings.TrimSuffix(filepath.Base(name), ".rules.yml") + ".test.yml"
		if out, err := promtool(t, "prometheus", "test", "rules", test); err != nil {
			t.Errorf("%s: %v\n%s", test, err, out)
		}
	}
}

// The tests of the rules notice when a rule is not what it was.
func TestTestsOfRulesCanFail(t *testing.T) {
	dir := t.TempDir()
	changed := strings.Replace(read(t, "prometheus/scores.rules.yml"), "> 2 * friction:step_score:usual", "> 9 * friction:step_score:usual", 1)
	for name, text := range map[string]string{"scores.rules.yml": changed, "scores.test.yml": read(t, "prometheus/scores.test.yml")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := promtool(t, dir, "test", "rules", "scores.test.yml"); err == nil {
		t.Errorf("a changed rule passes:\n%s", out)
	}
}
