package worker

import (
	"math"
	"os"
	"runtime/debug"
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

// cgroupLimit is the memory limit of the process' control group, version 2 or 1; 0
// for none. Files without a limit hold "max", or a number beyond any machine.
func cgroupLimit(read func(name string) ([]byte, error)) int64 {
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := read(name)
		if err != nil {
			continue
		}
		const beyond = 1 << 50
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 && n < beyond {
			return n
		}
	}
	return 0
}

// minBudget is the least that a budget in bytes is cut to.
const minBudget = 256 << 10

// within cuts the budgets in bytes so that those of all tasks of a worker together leave half of the memory to sessions
// and everything else. Budgets only pause reading, so rows do not change. It also reports whether the memory is too small
// for even the least budgets.
func (c Config) within(limit int64, tasks int) (cut Config, short bool) {
	if limit <= 0 || tasks <= 0 {
		return c, false
	}
	share := limit / int64(tasks)
	fit := func(budget int, part int64) int {
		if share/part < minBudget {
			short = true
		}
		return min(budget, int(max(share/part, minBudget)))
	}
	// Rows that wait are decoded when they are inserted, which takes their size again several times over. The rows
	// of an epoch take about ten times the records while the engine makes them, and go beyond what may wait.
	c.UnflushedBytes, c.ReorderBytes, c.EpochBytes = fit(c.UnflushedBytes, 16), fit(c.ReorderBytes, 16), fit(c.EpochBytes, 128)
	return c, short
}

// insertBytes bounds what one insert takes: decoded and in columns, rows take several times their bytes.
func insertBytes(limit int64) int {
	if limit <= 0 {
		return maxInsertBytes
	}
	return min(maxInsertBytes, max(minBudget, int(limit/64)))
}

// lean reports that budgets were cut: then no buffers are kept for later use, and requests are small.
func (c Config) lean(configured Config) bool { return c != configured }

// fetchBytes is how much one request asks for where memory is scarce: each topic has
// one batch in hand and one ahead.
func (c Config) fetchBytes() int { return c.EpochBytes / 2 }
