package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confinedEnv says that this process is confined already.
const confinedEnv = "FRICTION_EMBEDDED_CONFINED"

// What Landlock can forbid, by version of its interface.
const (
	fileRead  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_EXECUTE
	readRight = fileRead | unix.LANDLOCK_ACCESS_FS_READ_DIR
	firstFS   = 1<<13 - 1 // version 1: all up to making symbolic links
)

// confine lets this process, and nothing outside it, reach only the files that the engine needs: it writes below dir, reads
// its library, the system's libraries and what the kernel says of itself, and opens no TCP connection. The kernel holds
// that (Landlock), whatever a statement comes up with.
//
// The restriction is of a thread, and the engine starts threads that Go does not know. So the program is executed once
// more, in this process: what it becomes is confined as a whole. On success confine does not return. It returns nil where
// the kernel has no Landlock, and where the process is confined already.
func confine(dir, library, config string) error {
	version := landlockVersion()
	if version < 1 || environment(confinedEnv) != "" {
		return nil // without Landlock the other means have to do
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program to confine it: %w", err)
	}
	runtime.LockOSThread()
	rules, err := newRuleset(version)
	if err != nil {
		return err
	}
	all := rules.fs
	grants := map[string]uint64{dir: all, filepath.Dir(library): readRight, self: fileRead, "/dev/null": all, "/dev/zero": all, "/dev/urandom": all, "/dev/random": all}
	if config != "" {
		grants[filepath.Dir(config)] = readRight
	}
	for _, path := range []string{
		"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/proc", "/sys", "/etc/ld.so.cache",
		"/etc/localtime", "/etc/timezone", "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	} {
		grants[path] = readRight
	}
	for path, rights := range grants {
		if err := rules.allow(path, rights); err != nil {
			return err
		}
	}
	if err := rules.apply(); err != nil {
		return err
	}
	env := append(os.Environ(), confinedEnv+"=1", LibraryEnv+"="+library) //nolint:forbidigo // it goes on as the same program
	return fmt.Errorf("start this program again, confined: %w", syscall.Exec(self, os.Args, env))
}

// landlockVersion is 0 where the kernel has none.
func landlockVersion() int {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(version)
}

// ruleset is what will be allowed; all else of fs is forbidden.
type ruleset struct {
	fd int
	fs uint64
}

func newRuleset(version int) (*ruleset, error) {
	r := &ruleset{fs: firstFS}
	if version >= 2 {
		r.fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		r.fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	attr, size := unix.LandlockRulesetAttr{Handled_access_fs: r.fs}, uintptr(8)
	if version >= 4 {
		attr.Handled_access_net, size = unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, 16
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return nil, fmt.Errorf("confine the engine: %w", errno)
	}
	r.fd = int(fd)
	return r, nil
}

// allow adds a file, or all below a directory. What is not there needs no rule.
func (r *ruleset) allow(path string, rights uint64) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("confine the engine: %w", err)
	}
	if !info.IsDir() {
		rights &= fileRead | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("confine the engine: open %s: %w", path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights & r.fs, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("confine the engine: allow %s: %w", path, errno)
	}
	return nil
}

// apply restricts this thread, for good.
func (r *ruleset) apply() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("confine the engine: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(r.fd), 0, 0); errno != 0 {
		return fmt.Errorf("confine the engine: %w", errno)
	}
	return nil
}
