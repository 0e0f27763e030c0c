package embedded

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The function that is printed for shells gives the token to curl over a pipe, and no argument has it.
func TestAskFunctionHidesTheToken(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: there is no sh")
	}
	dir := filepath.Join(t.TempDir(), "it's here")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	run := func() string {
		t.Helper()
		// a curl of our own, which says what it is given
		script := `curl() { echo "arguments: $*"; echo "pipe: $(cat)"; }; ` + AskFunction(dir, "127.0.0.1:8123") + `; ask 'SELECT 1' </dev/null`
		out, err := exec.CommandContext(t.Context(), shell, "-c", script).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	const arguments = "http://127.0.0.1:8123/?default_format=PrettyCompact --data-binary SELECT 1\n"
	if got := run(); got != "arguments: -sS -u default "+arguments+"pipe: \n" {
		t.Errorf("without a token: %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, tokenFile), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := run()
	if got != "arguments: -sS -K - "+arguments+"pipe: user = \"default:s3cret\"\n" || strings.Contains(strings.SplitN(got, "\n", 2)[0], "s3cret") {
		t.Errorf("with a token: %q", got)
	}
}
