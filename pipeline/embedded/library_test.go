package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeNpm puts an npm into the PATH that hands out the given package file, and returns its log of calls.
func fakeNpm(t *testing.T, archive []byte) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for npm is a shell script")
	}
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >> %s\ncp %s/package.tgz \"$4/some-package.tgz\"\n", calls, dir)
	if archive == nil {
		script = "#!/bin/sh\necho 'npm error code E404' >&2\necho 'npm error A complete log of this run can be found in: x' >&2\nexit 1\n"
	}
	write(t, filepath.Join(dir, "npm"), []byte(script), 0o755)
	write(t, filepath.Join(dir, "package.tgz"), archive, 0o644)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return calls
}

func write(t *testing.T, path string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
}

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sha(data []byte) string {
	sum := sha512.Sum512(data)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func TestFetch(t *testing.T) {
	file := archive(t, map[string]string{"package/package.json": "{}", "package/libchdb.so": "the engine"})
	calls := fakeNpm(t, file)
	dir := filepath.Join(t.TempDir(), "cache")
	pkg := libraryPackage{name: "@chdb/test", integrity: sha(file), megabytes: 1}
	var wait sync.WaitGroup
	var mu sync.Mutex
	var told []string
	for range 4 { // as four processes would
		wait.Go(func() {
			path, err := cached(t.Context(), dir, pkg, func(s string) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, s)
			})
			if err != nil || path != filepath.Join(dir, "libchdb.so") {
				t.Errorf("%q %v", path, err)
			}
		})
	}
	wait.Wait()
	if content, err := os.ReadFile(filepath.Join(dir, "libchdb.so")); err != nil || string(content) != "the engine" {
		t.Errorf("%q %v", content, err)
	}
	log, err := os.ReadFile(calls)
	if err != nil || strings.Count(string(log), "pack @chdb/test@"+libraryVersion+" --pack-destination ") != 1 || strings.Count(string(log), "\n") != 1 {
		t.Errorf("npm was called: %q %v", log, err)
	}
	if !strings.Contains(strings.Join(told, "\n"), "downloading the ClickHouse engine "+libraryVersion+" (1 MB") {
		t.Errorf("told: %q", told)
	}
	left, err := filepath.Glob(filepath.Join(dir, "fetch-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestFetchFails(t *testing.T) {
	good := archive(t, map[string]string{"package/libchdb.so": "the engine"})
	empty := archive(t, map[string]string{"package/index.js": ""})
	for _, c := range []struct {
		name      string
		archive   []byte
		integrity string
		want      string
	}{
		{"another file", good, sha([]byte("x")), "is not the one this program was built for"},
		{"no checksum", good, "", "has no checksum of @chdb/test"},
		{"npm fails", nil, "sha512-x", "npm pack @chdb/test@" + libraryVersion + ": exit status 1: code E404"},
		{"no library", empty, sha(empty), "the package has no libchdb.so"},
		{"no package", []byte("not an archive"), sha([]byte("not an archive")), "open the package"},
		{"cut", good[:len(good)/2], sha(good[:len(good)/2]), "package"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fakeNpm(t, c.archive)
			dir := t.TempDir()
			_, err := cached(t.Context(), dir, libraryPackage{name: "@chdb/test", integrity: c.integrity}, func(string) {})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, libraryFile)); err == nil {
				t.Error("a library was put in place")
			}
		})
	}
}

// TestWaysOut wants one message that names what to do, for every reason.
func TestWaysOut(t *testing.T) {
	if err := engineBuilt(); err != nil {
		t.Skip(err)
	}
	t.Setenv(CacheEnv, t.TempDir())
	t.Setenv(LibraryEnv, "")
	t.Setenv("PATH", t.TempDir())
	_, err := Library(t.Context(), LibraryOptions{})
	wantWaysOut(t, err, "there is no npm on this machine")
	_, err = Library(t.Context(), LibraryOptions{Path: filepath.Join(t.TempDir(), "missing.so")})
	wantWaysOut(t, err, "names no readable file")
	if _, ok := packageFor("plan9", "amd64"); ok {
		t.Error("an engine for plan9")
	}
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		if pkg, ok := packageFor(goos, goarch); !ok || !strings.HasPrefix(pkg.name, "@chdb/lib-") {
			t.Errorf("%s: %v", platform, pkg)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fakeNpm(t, []byte("x"))
	if _, err = Library(ctx, LibraryOptions{}); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "Ways out") {
		t.Errorf("interrupted: %v", err)
	}
}

func wantWaysOut(t *testing.T, err error, reason string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, part := range []string{reason, "npm", LibraryEnv, "--clickhouse DSN"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %q", err, part)
		}
	}
}

// TestNotALibrary wants an error, not a crash, for a file that is no engine.
func TestNotALibrary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "libchdb.so")
	write(t, path, []byte("text"), 0o644)
	err := ServeClickHouse(t.Context(), ClickHouseOptions{Dir: t.TempDir(), Addr: "127.0.0.1:0", Library: LibraryOptions{Path: path}})
	if err == nil || !strings.Contains(err.Error(), "load "+path) {
		t.Error(err)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := lockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFile(path); !errors.Is(err, errLocked) {
		t.Fatalf("second lock: %v", err)
	}
	told := make(chan string, 1)
	got := make(chan error, 1)
	go func() {
		second, err := waitLock(t.Context(), path, func(s string) { told <- s })
		if err == nil {
			err = second.Close()
		}
		got <- err
	}()
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was told to wait")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}
