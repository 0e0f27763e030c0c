package worker

import (
	"io/fs"
	"testing"
)

func TestBudgetsFitIntoTheMemory(t *testing.T) {
	d := DefaultConfig()
	for _, limit := range []int64{0, 64 << 20, 256 << 20, 1 << 30, 64 << 30} {
		for _, tasks := range []int{1, 4, 64} {
			c, short := d.within(limit, tasks)
			all := int64(tasks) * int64(c.UnflushedBytes+c.ReorderBytes+c.EpochBytes)
			switch {
			case limit == 0 && (c != d || short):
				t.Errorf("%d tasks without a limit: %+v", tasks, c)
			case limit > 0 && !short && all > limit/2:
				t.Errorf("%d tasks, limit %d MiB: budgets of %d MiB and no word", tasks, limit>>20, all>>20)
			case c.UnflushedBytes > d.UnflushedBytes || c.ReorderBytes > d.ReorderBytes || c.EpochBytes > d.EpochBytes:
				t.Errorf("%d tasks, limit %d MiB: more than configured: %+v", tasks, limit>>20, c)
			case c.Validate() != nil:
				t.Errorf("%d tasks, limit %d MiB: %v", tasks, limit>>20, c.Validate())
			}
		}
	}
	if _, short := d.within(64<<20, 64); !short {
		t.Error("64 tasks in 64 MiB are not called too many")
	}
	if c, _ := d.within(64<<30, 4); c != d {
		t.Errorf("64 GiB cut the defaults: %+v", c)
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
}
