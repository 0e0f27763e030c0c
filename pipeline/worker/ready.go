package worker

import (
	"fmt"
	"time"

	"friction/pipeline/status"
)

// readiness is what must hold for a worker to count as ready. topic is that of the dead letters; without a writer there
// is none.
func readiness(tasks *taskSet, writer *DeadLetterWriter, topic string, progressTimeout time.Duration) []status.Condition {
	group, rows := tasks.ready()
	conditions := []status.Condition{tasks.configured(), group, rows, progressReady(tasks, progressTimeout)}
	if writer != nil {
		conditions = append(conditions, deadLettersReady(tasks, writer, topic))
	}
	return conditions
}

// ready holds while every assigned task is in memory, and while none has to wait for ClickHouse.
func (s *taskSet) ready() (group, rows status.Condition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	group = status.Condition{Name: "kafka", OK: s.joined, Note: "not yet a member of the group"}
	if s.joined {
		group.Note = fmt.Sprintf("%d of %d tasks working", len(s.tasks), s.assigned)
		group.OK = len(s.tasks) == s.assigned
	}
	var waiting int64
	full := false
	for _, t := range s.tasks {
		waiting, full = max(waiting, t.tracker.bytes.Load()), full || t.tracker.rows.full()
	}
	rows = status.Condition{
		Name: "clickhouse", OK: !full,
		Note: fmt.Sprintf("at most %d KiB of a task's rows wait for it", waiting>>10),
	}
	return group, rows
}

// configured holds unless the group works by another configuration than the worker's.
func (s *taskSet) configured() status.Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := status.Condition{Name: "configuration", OK: s.refused == "", Note: "the one in force in the group"}
	if !c.OK {
		c.Note = s.refused
	}
	return c
}

// deadLettersReady holds while no task has to wait for the dead-letter topic.
func deadLettersReady(tasks *taskSet, writer *DeadLetterWriter, topic string) status.Condition {
	waiting, failure := writer.state()
	c := status.Condition{Name: "dead letters", OK: true, Note: fmt.Sprintf("%d wait for topic %s", waiting, topic)}
	if failure != "" {
		c.Note += ": " + failure
	}
	for _, t := range tasks.all() {
		c.OK = c.OK && t.tracker.waitingDeadLetters() <= t.o.MaxDeadLetters
	}
	return c
}
