package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// LibraryEnv names a libchdb file to use instead of the one in the cache.
	LibraryEnv = "FRICTION_LIBCHDB"
	// SumEnv is the checksum of the downloaded package, for a platform whose checksum this program does not have: sha512 as
	// npm writes it, such as "sha512-XP97…==".
	SumEnv = "FRICTION_LIBCHDB_SUM"
	// CacheEnv names the directory downloads are kept in, instead of the user's cache directory.
	CacheEnv = "FRICTION_CACHE"
	// libraryVersion is the version of the npm packages that hold the engine (ClickHouse 26.7).
	libraryVersion = "26.7.3-stable.1"
	libraryFile    = "libchdb.so"
)

// libraryPackage is where the engine of one platform comes from. integrity is the sha512 of the package file as npm
// writes it. Without one nothing is downloaded: the user has to give it, see [SumEnv].
type libraryPackage struct {
	name      string
	integrity string
	megabytes int // size of the download
}

func packageFor(goos, goarch string) (libraryPackage, bool) {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return libraryPackage{
			name:      "@chdb/lib-linux-x64-gnu",
			integrity: "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
			megabytes: 178,
		}, true
	case "linux/arm64":
		return libraryPackage{name: "@chdb/lib-linux-arm64-gnu", megabytes: 170}, true
	case "darwin/amd64":
		return libraryPackage{name: "@chdb/lib-darwin-x64", megabytes: 170}, true
	case "darwin/arm64":
		return libraryPackage{name: "@chdb/lib-darwin-arm64", megabytes: 150}, true
	}
	return libraryPackage{}, false
}

// LibraryOptions says where to look for the engine's library. Every field may be empty.
type LibraryOptions struct {
	Path     string       // the file itself; else $FRICTION_LIBCHDB
	CacheDir string       // kept downloads; else $FRICTION_CACHE, else the user's cache directory
	Progress func(string) `json:"-"` // told, in sentences for people, what is being downloaded
}

// Library returns the path of the ClickHouse engine, downloading it (once per machine and version) if need be. The one
// error for every reason it cannot be had names the ways out. Concurrent calls, also of several processes, download
// once.
func Library(ctx context.Context, o LibraryOptions) (string, error) {
	path := o.Path
	if path == "" {
		path = environment(LibraryEnv)
	}
	if path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", withWaysOut(fmt.Errorf("%s names no readable file: %w", LibraryEnv, err))
		}
		return filepath.Abs(path)
	}
	if err := engineBuilt(); err != nil {
		return "", err
	}
	pkg, ok := packageFor(runtime.GOOS, runtime.GOARCH)
	if !ok {
		return "", withWaysOut(fmt.Errorf("there is no engine for %s/%s", runtime.GOOS, runtime.GOARCH))
	}
	dir, err := cacheDir(o.CacheDir)
	if err != nil {
		return "", withWaysOut(err)
	}
	if pkg.integrity == "" {
		pkg.integrity = environment(SumEnv)
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	path, err = cached(ctx, dir, pkg, o.Progress)
	if err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("get the ClickHouse engine: %w", err)
		}
		return "", withWaysOut(err)
	}
	return path, nil
}

func withWaysOut(err error) error {
	return fmt.Errorf("cannot get the ClickHouse engine: %w. Ways out: install Node.js with npm (it fetches the engine); "+
		"or put a libchdb.so on this machine and name it in %s; "+
		"or use --clickhouse DSN with a ClickHouse server of your own", err, LibraryEnv)
}

func cacheDir(given string) (string, error) {
	base := given
	if base == "" {
		base = environment(CacheEnv)
	}
	if base == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache directory (set %s): %w", CacheEnv, err)
		}
		base = filepath.Join(user, "friction")
	}
	return filepath.Abs(filepath.Join(base, "libchdb", libraryVersion))
}

// cached returns the library in dir, fetching it when it is not there. The file appears by a rename, so a file that is
// there is whole.
func cached(ctx context.Context, dir string, pkg libraryPackage, progress func(string)) (string, error) {
	path := filepath.Join(dir, libraryFile)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache directory: %w", err)
	}
	lock, err := waitLock(ctx, filepath.Join(dir, "lock"), progress)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if _, err := os.Stat(path); err == nil {
		return path, nil // another process was faster
	}
	if err := fetchLibrary(ctx, dir, pkg, progress); err != nil {
		return "", err
	}
	return path, nil
}

// lockEvery is how often it is looked whether another download is over.
const lockEvery = 200 * time.Millisecond

// waitLock waits for the lock of the cache directory; downloads take minutes, so it says so.
func waitLock(ctx context.Context, path string, progress func(string)) (*os.File, error) {
	said := false
	try := func() (*os.File, error) {
		lock, err := lockFile(path)
		if err != nil && !errors.Is(err, errLocked) {
			return nil, backoff.Permanent(err)
		}
		if err != nil && !said {
			progress("another process is downloading the ClickHouse engine; waiting for it")
			said = true
		}
		return lock, err
	}
	lock, err := backoff.Retry(ctx, try, backoff.WithBackOff(backoff.NewConstantBackOff(lockEvery)), backoff.WithMaxElapsedTime(0))
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("wait for another download: %w", ctx.Err())
	}
	return lock, err
}
