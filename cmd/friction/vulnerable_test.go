package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// govulncheck is the version of the tool that asks the Go vulnerability database.
const govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"

// No code that the program calls has a known vulnerability. The database is a service of its own: where it cannot be
// reached, the test says so and is skipped, in CI as well.
func TestNoKnownVulnerability(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it asks the vulnerability database")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "run", govulncheck, ".").CombinedOutput()
	exit, _ := errors.AsType[*exec.ExitError](err)
	switch text := string(out); {
	case err == nil:
	case exit != nil && strings.Contains(text, "Vulnerability #"):
		t.Errorf("known vulnerabilities:\n%s", text)
	default:
		fmt.Fprintf(os.Stderr, "SKIPPED %s: the vulnerability database was not asked: %v\n", t.Name(), err)
		t.Skipf("%v: %.500s", err, text)
	}
}
