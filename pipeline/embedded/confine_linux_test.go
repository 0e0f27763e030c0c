package embedded_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"friction/pipeline/embedded"
)

// An engine whose user may do everything still reads no file of the user's and reaches no other server: the kernel holds it.
func TestEngineIsConfined(t *testing.T) {
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION); errno != 0 {
		t.Skip("this kernel has no Landlock")
	}
	library(t)
	config, secret := filepath.Join(t.TempDir(), "config.xml"), filepath.Join(t.TempDir(), "secret.tsv")
	for name, text := range map[string]string{config: "<clickhouse></clickhouse>", secret: "hunter2\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	server, err := embedded.StartClickHouse(t.Context(), embedded.Options{Dir: dir, Addr: "127.0.0.1:0", Config: config, Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	got := curl(t, server, "SELECT * FROM '"+secret+"'")
	if got.status == http.StatusOK || strings.Contains(got.body, "hunter2") {
		t.Errorf("a file outside is read: %d %s", got.status, got.body)
	}
	inside := filepath.Join(dir, "inside.tsv")
	if err := os.WriteFile(inside, []byte("seen\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, curl(t, server, "SELECT * FROM '"+inside+"'"), "seen\n") // so that the refusal above is the kernel's
}
