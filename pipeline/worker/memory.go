package worker

import (
	"math"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// MemoryLimit is how much memory the process may use, and where that is set; 0 for no limit. GOMEMLIMIT comes first; else nine tenths of the limit of the cgroup, which
// is then given to the garbage collector.
func MemoryLimit() (limit int64, from string) {
	if n := debug.SetMemoryLimit(-1); n != math.MaxInt64 {
		return n, "GOMEMLIMIT"
	}
	n := cgroupLimit(os.ReadFile)
	if n == 0 {
		return 0, ""
	}
	debug.SetMemoryLimit(n / 10 * 9)
	return n / 10 * 9, "cgroup"
}

// cgroupLimit is the memory limit of the process' control group, version 2 or 1, or of one above it: the lowest counts; 0
// for none. Files without a limit hold "max", or a number beyond any machine.
func cgroupLimit(read func(name string) ([]byte, error)) int64 {
	lowest := int64(0)
	for _, name := range cgroupFiles(read) {
		text, err := read(name)
		if err != nil {
			continue
		}
		const beyond = 1 << 50
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && n > 0 && n < beyond && (lowest == 0 || n < lowest) {
			lowest = n
		}
	}
	return lowest
}

// cgroupFiles are the files with the limits of the process' control groups. In a container its own group is the root;
// outside, /proc/self/cgroup names the path below it.
func cgroupFiles(read func(name string) ([]byte, error)) []string {
	const v2, v1 = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"
	files := []string{v2 + "/memory.max", v1 + "/memory.limit_in_bytes"}
	groups, err := read("/proc/self/cgroup")
	if err != nil {
		return files
	}
	for line := range strings.Lines(string(groups)) { // 0::/a/b, or 4:memory:/a/b
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[1] != "" && !slices.Contains(strings.Split(parts[1], ","), "memory") {
			continue
		}
		for dir := path.Clean("/" + parts[2]); dir != "/"; dir = path.Dir(dir) {
			if parts[1] == "" {
				files = append(files, v2+dir+"/memory.max")
			} else {
				files = append(files, v1+dir+"/memory.limit_in_bytes")
			}
		}
	}
	return files
}

// minBudget is the least that the budget of a task is cut to, bytes.
const minBudget = 256 << 10

// within cuts the budgets in bytes so that those of all tasks of a worker together leave most of the memory to sessions
// and everything else. Budgets only pause reading, so rows do not change. lean reports that they were cut: then no buffers
// are kept for later use, and requests are small. short reports that the memory is too small for even the least budgets.
func (c Config) within(limit int64, tasks int) (cut Config, lean, short bool) {
	if tasks <= 0 {
		return c, false, false
	}
	c.EpochBytes = min(c.EpochBytes, max(c.Memory/(2*tasks), minBudget))
	if limit <= 0 {
		return c, false, false
	}
	fit := func(budget int, part, least int64) int {
		short = short || part < least
		cut := min(budget, int(max(part, least)))
		lean = lean || cut < budget
		return cut
	}
	// Rows that wait are decoded when they are inserted, which takes their size again several times over. The rows
	// of an epoch take about ten times the records while the engine makes them, and go beyond what may wait.
	c.Memory = fit(c.Memory, limit/8, 2*minBudget*int64(tasks))
	c.EpochBytes = fit(c.EpochBytes, limit/128/int64(tasks), minBudget)
	return c, lean, short
}

// insertBytes bounds what one insert takes: decoded and in columns, rows take several times their bytes.
func insertBytes(limit int64, memory int) int {
	most := min(maxInsertBytes, max(minBudget, memory/8))
	if limit > 0 {
		most = min(most, max(minBudget, int(limit/64)))
	}
	return most
}

// fetchBytes is how much one request asks for where memory is scarce: each topic has
// one batch in hand and one ahead.
func (c Config) fetchBytes() int { return c.EpochBytes / 2 }
