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
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// maxLibraryBytes bounds what is unpacked.
const maxLibraryBytes = 4 << 30

// fetchLibrary asks npm for the package, checks it against the pinned sum and puts the library into dir.
func fetchLibrary(ctx context.Context, dir string, pkg libraryPackage, progress func(string)) error {
	if pkg.integrity == "" {
		return fmt.Errorf("this program has no checksum of %s@%s, so it does not download it: look the checksum up at a registry you trust (npm view %s@%s dist.integrity) and set %s to it",
			pkg.name, libraryVersion, pkg.name, libraryVersion, SumEnv)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("it comes as an npm package and there is no npm on this machine")
	}
	temp, err := os.MkdirTemp(dir, "fetch-")
	if err != nil {
		return fmt.Errorf("make a directory for the download: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()

	progress(fmt.Sprintf("downloading the ClickHouse engine %s (%d MB, once; kept in %s)", libraryVersion, pkg.megabytes, dir))
	if err := npmPack(ctx, npm, temp, pkg, progress); err != nil {
		return err
	}
	archive, err := onlyArchive(temp)
	if err != nil {
		return err
	}
	if err := verify(archive, pkg.integrity); err != nil {
		return err
	}
	progress("unpacking the ClickHouse engine")
	unpacked := filepath.Join(temp, libraryFile)
	if err := unpack(ctx, archive, unpacked); err != nil {
		return err
	}
	if err := os.Rename(unpacked, filepath.Join(dir, libraryFile)); err != nil {
		return fmt.Errorf("put the engine in its place: %w", err)
	}
	progress("the ClickHouse engine is ready")
	return nil
}

// npmPack lets npm download the package file into temp. npm knows the registry, the proxy and the credentials of this
// machine; we do not.
func npmPack(ctx context.Context, npm, temp string, pkg libraryPackage, progress func(string)) error {
	cmd := exec.CommandContext(ctx, npm, "pack", pkg.name+"@"+libraryVersion, "--pack-destination", temp)
	cmd.Dir = temp
	cmd.WaitDelay = 5 * time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run npm: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if ctx.Err() != nil {
				return fmt.Errorf("download the engine: %w", ctx.Err())
			}
			if err != nil {
				return fmt.Errorf("npm pack %s@%s: %w: %s", pkg.name, libraryVersion, err, npmReason(output.String()))
			}
			return nil
		case <-tick.C:
			progress(fmt.Sprintf("downloading the ClickHouse engine (%d MB): %d s so far", pkg.megabytes, int(time.Since(started).Seconds())))
		}
	}
}

// npmReason picks the lines of npm's output that say why, without its addresses of logs.
func npmReason(output string) string {
	var reasons []string
	for line := range strings.SplitSeq(output, "\n") {
		text, found := strings.CutPrefix(strings.TrimSpace(line), "npm error ")
		if !found {
			text, found = strings.CutPrefix(strings.TrimSpace(line), "npm ERR! ")
		}
		if found && !strings.Contains(text, "log of this run") && len(reasons) < 3 {
			reasons = append(reasons, text)
		}
	}
	return strings.Join(reasons, "; ")
}

func onlyArchive(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("npm left %d package files in %s, expected one", len(found), dir)
	}
	return found[0], nil
}

// verify compares the file with the pinned sum.
func verify(archive, integrity string) error {
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	defer func() { _ = f.Close() }()
	sum := sha512.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("read the package: %w", err)
	}
	got := "sha512-" + base64.StdEncoding.EncodeToString(sum.Sum(nil))
	if got != integrity {
		return fmt.Errorf("the downloaded package is not the one this program was built for: its sum is %s, expected %s", got, integrity)
	}
	return nil
}

// unpack writes the library of the package to target, which is complete and on disk when it returns.
func unpack(ctx context.Context, archive, target string) error {
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	defer func() { _ = f.Close() }()
	plain, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	files := tar.NewReader(plain)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the package has no %s", libraryFile)
		}
		if err != nil {
			return fmt.Errorf("read the package: %w", err)
		}
		if header.Typeflag == tar.TypeReg && strings.TrimSuffix(path.Base(header.Name), path.Ext(header.Name)) == "libchdb" {
			return writeLibrary(ctx, files, header.Size, target)
		}
	}
}

func writeLibrary(ctx context.Context, from io.Reader, size int64, target string) error {
	if size > maxLibraryBytes {
		return fmt.Errorf("the library in the package is %d bytes, more than the limit of %d", size, int64(maxLibraryBytes))
	}
	out, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return fmt.Errorf("create the library: %w", err)
	}
	n, err := io.Copy(out, &contextReader{ctx: ctx, r: from})
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	err = errors.Join(err, out.Sync(), out.Close())
	if err != nil {
		return fmt.Errorf("write the library: %w", err)
	}
	return nil
}

// contextReader ends a long copy when the context ends. It lives for one call only.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
