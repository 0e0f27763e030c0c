package deploy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// onCommandLine finds a password among the arguments of a command: an address with one, or a flag for it.
var onCommandLine = regexp.MustCompile(`(friction|clickhouse-client|curl|clickhouse-server)\b[^\n]*(://[^\s:/@'"$]+:[^\s:/@'"$]+@|--password[ =])`)

// Every user of a machine can list the arguments of every process. So no manual, help text or script of ours shows a
// command with a password in it.
func TestNoPasswordsOnCommandLines(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && slices.Contains([]string{".git", "testdata", "node_modules"}, e.Name()) {
			return filepath.SkipDir
		}
		if e.IsDir() || strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".md", ".sh", ".yml", ".yaml", ".sql", ".txt"}, filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		for _, found := range onCommandLine.FindAllString(string(text), -1) {
			t.Errorf("%s: give the password in a file or the environment: %s", path, found)
		}
		return nil
	})
	if err != nil || seen < 300 {
		t.Errorf("%d files were read: %v", seen, err)
	}
	for _, wrong := range []string{"friction migrate up --clickhouse http://user:password@clickhouse:8123", `clickhouse-client --user u --password "$P"`} {
		if !onCommandLine.MatchString(wrong) {
			t.Errorf("%s is not found", wrong)
		}
	}
}
