package worker

import (
	"slices"
	"sync"
)

// taskSet is what a worker has in memory: its tasks, also between generations of the group, and what they share.
type taskSet struct {
	mu       sync.Mutex
	tasks    map[int32]*Task // by partition
	joined   bool            // the worker has been a member of the group
	refused  string          // why it must not be one; empty when it may
	assigned int             // tasks of the generation
	config   Config          // with budgets that fit the memory and the number of tasks
	lean     bool            // memory is scarce
	memory   memory
}

// begin notes that a generation begins.
func (s *taskSet) begin(assigned int, c Config, lean bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.joined, s.assigned, s.config, s.lean = true, assigned, c, lean
	s.memory.resize(c.Memory, assigned)
}

// refuse drops all tasks, because the worker must not be a member of the group, or says with "" that it may be one.
func (s *taskSet) refuse(why string) {
	if why != "" {
		s.remove(func(int32) bool { return true })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = why
	if why != "" {
		s.joined, s.assigned = false, 0
	}
}

// budgets are the configuration in force, how many tasks share the worker, and whether memory is scarce.
func (s *taskSet) budgets() (c Config, tasks int, lean bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config, s.assigned, s.lean
}

// get is the task of a partition, nil when there is none in memory.
func (s *taskSet) get(partition int32) *Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tasks[partition]
}

func (s *taskSet) put(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks[t.o.Partition] = t
}

// remove drops tasks from memory, with what they have not written yet.
func (s *taskSet) remove(which func(partition int32) bool) {
	s.mu.Lock()
	var gone []*Task
	for p, t := range s.tasks {
		if which(p) {
			gone = append(gone, t)
			delete(s.tasks, p)
		}
	}
	s.mu.Unlock()
	for _, t := range gone {
		t.drop()
	}
}

// all are the tasks by partition.
func (s *taskSet) all() []*Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Task, 0, len(s.tasks))
	for _, t := range s.tasks {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *Task) int { return int(a.o.Partition - b.o.Partition) })
	return all
}

// status is where the tasks stand, by partition.
func (s *taskSet) status() []TaskStatus {
	var all []TaskStatus
	for _, t := range s.all() {
		if now := t.Status(); now != nil {
			all = append(all, *now)
		}
	}
	return all
}
