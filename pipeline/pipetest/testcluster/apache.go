//go:build unix

package testcluster

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

//go:embed apache/pom.xml
var apachePom []byte

//go:embed apache/jars.sha256
var apacheSums []byte

// ApacheJars returns the folder with the jars of the Apache Kafka that the tests
// run, all of them checked. They are fetched once, with Maven, into the user's
// cache.
func ApacheJars(ctx context.Context) (dir string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for Apache Kafka: %w", err)
	}
	cache = filepath.Join(cache, "friction")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("find a place for Apache Kafka: %w", err)
	}
	name := sha256.Sum256(append(bytes.Clone(apachePom), apacheSums...))
	dir = filepath.Join(cache, "apache-kafka-"+hex.EncodeToString(name[:6]))
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", fmt.Errorf("fetch Apache Kafka: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("fetch Apache Kafka: %w", err)
	}
	if checkJars(dir) == nil {
		return dir, nil
	}
	if err := fetchJars(ctx, dir); err != nil {
		return "", fmt.Errorf("fetch Apache Kafka: %w", err)
	}
	return dir, nil
}

// fetchJars replaces dir by what Maven brings, if that is what was pinned.
func fetchJars(ctx context.Context, dir string) error {
	maven, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("it takes Maven (mvn), which is not installed")
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "fetching-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	pom, jars := filepath.Join(work, "pom.xml"), filepath.Join(work, "jars")
	if err := os.WriteFile(pom, apachePom, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "fetching Apache Kafka for the tests (44 MB, once)")
	cmd := exec.CommandContext(ctx, maven, "--batch-mode", "--quiet", "-f", pom, "dependency:copy-dependencies",
		"-DincludeScope=runtime", "-DoutputDirectory="+jars)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	if err := checkJars(jars); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(jars, dir)
}

// checkJars finds out whether dir holds the pinned files and no others.
func checkJars(dir string) error {
	want := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(apacheSums)); s.Scan(); {
		sum, name, _ := strings.Cut(s.Text(), "  ")
		want[name] = sum
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		sum, err := sumOf(filepath.Join(dir, f.Name()))
		if err != nil {
			return err
		}
		if sum != want[f.Name()] {
			return fmt.Errorf("%s has the checksum %s, pinned is %q", f.Name(), sum, want[f.Name()])
		}
		delete(want, f.Name())
	}
	for name := range want {
		return fmt.Errorf("%s is missing", name)
	}
	return nil
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
