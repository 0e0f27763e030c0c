package worker

import (
	"io/fs"
	"testing"
)

func TestBudgetsFitIntoTheMemory(t *testing.T) {
	d := DefaultConfig()
	for _, limit := range []int64{0, 64 << 20, 256 << 20, 1 << 30, 64 << 30} {
		for _, tasks := range []int{1, 4, 64} {
			c, lean, short := d.within(limit, tasks)
			all := int64(c.Memory) + int64(tasks)*int64(c.EpochBytes)
			switch {
			case limit == 0 && (c.Memory != d.Memory || lean || short):
				t.Errorf("%d tasks without a limit: %+v", tasks, c)
			case all > 2*int64(d.Memory):
				t.Errorf("%d tasks, limit %d MiB: epochs and what waits take %d MiB", tasks, limit>>20, all>>20)
			case limit > 0 && !short && all > limit/2:
				t.Errorf("%d tasks, limit %d MiB: budgets of %d MiB and no word", tasks, limit>>20, all>>20)
			case c.Memory > d.Memory || c.EpochBytes > d.EpochBytes:
				t.Errorf("%d tasks, limit %d MiB: more than configured: %+v", tasks, limit>>20, c)
			case lean != (limit > 0 && limit < 4<<30):
				t.Errorf("%d tasks, limit %d MiB: lean is %v", tasks, limit>>20, lean)
			case c.Validate() != nil:
				t.Errorf("%d tasks, limit %d MiB: %v", tasks, limit>>20, c.Validate())
			}
		}
	}
	if _, _, short := d.within(64<<20, 64); !short {
		t.Error("64 tasks in 64 MiB are not called too many")
	}
	if c, _, _ := d.within(64<<30, 4); c != d {
		t.Errorf("64 GiB cut the defaults: %+v", c)
	}
}

// A task that uses its part waits while the others use up the rest; one that uses less never waits; and a task that is
// thrown away gives back what it used, whatever is noted of it afterwards.
func TestTasksShareMemory(t *testing.T) {
	var m memory
	m.resize(800, 4) // 400 bytes of rows, 100 each
	a, b, c := m.shares(), m.shares(), m.shares()
	a.rows.add(399)
	if a.rows.full() {
		t.Error("one task may use what the others leave")
	}
	b.rows.add(50)
	if !a.rows.full() || b.rows.full() || c.rows.full() || a.waiting.full() {
		t.Error("the budget is used up: who has more than its part waits, the others and other purposes do not")
	}
	a.rows.add(-300)
	if a.rows.full() {
		t.Error("there is room again")
	}
	a.rows.add(300)
	a.close()
	a.rows.add(-399) // what was on its way is done
	a.rows.set(5)
	if used := m.rows.used.Load(); used != 50 {
		t.Errorf("%d bytes are in use, want 50", used)
	}
	var none *share
	none.add(1)
	none.close()
	if none.full() {
		t.Error("no budget is full")
	}
}

func TestLimitOfTheControlGroup(t *testing.T) {
	f := func(files map[string]string, want int64) {
		t.Helper()
		read := func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		}
		if got := cgroupLimit(read); got != want {
			t.Errorf("%v: %d, want %d", files, got, want)
		}
	}
	f(nil, 0)
	f(map[string]string{"/sys/fs/cgroup/memory.max": "max\n"}, 0)
	f(map[string]string{"/sys/fs/cgroup/memory.max": "536870912\n"}, 512<<20)
	f(map[string]string{"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0)
	f(map[string]string{"/sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n"}, 256<<20)
	f(map[string]string{
		"/proc/self/cgroup": "0::/system.slice/friction.service\n", "/sys/fs/cgroup/system.slice/memory.max": "1073741824\n",
		"/sys/fs/cgroup/system.slice/friction.service/memory.max": "max\n",
	}, 1<<30)
	f(map[string]string{
		"/proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/a/b\n", "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "2147483648\n",
		"/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "1073741824\n", "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "5\n",
	}, 1<<30)
}
