package worker

import "friction/pipeline/event"

// TaskStatus is what a task reports of itself.
type TaskStatus struct {
	Partition   int32
	Epoch       uint64
	Flushed     uint64 // highest epoch whose rows are in ClickHouse, and its dead letters in their topic
	Watermark   event.Millis
	Counters    event.Counters
	Open        int   // sessions
	Lag         int64 // records not yet read
	Unflushed   int64 // bytes of logged rows not yet in ClickHouse
	DeadLetters int   // not yet written
	Progress    int64 // when the task last ended a round, unix ms
	Inputs      []InputStatus
	CaughtUp    bool
	AllIdle     bool
	Settled     bool // nothing is open, waiting, or changed and not yet written
}

// InputStatus is how far one topic has been read.
type InputStatus struct {
	Topic     string
	Next, End int64        // offset of the next record; high watermark
	Start     int64        // first offset that retention has left; -1 when not known
	TopicTime event.Millis // highest event time accepted
}

// statusOf is where the reading of a task stands.
func statusOf(r *reader, allIdle bool) *TaskStatus {
	e := r.machine.engine
	s := &TaskStatus{
		Watermark: e.Watermark(), Counters: r.machine.counters(), Open: e.Open(), CaughtUp: true, AllIdle: allIdle, Settled: !e.Unfinished(),
	}
	for _, in := range r.inputs.list {
		s.Lag += max(0, in.end-in.next)
		s.Inputs = append(s.Inputs, InputStatus{in.topic, in.next, in.end, in.start, e.TopicTime(int(in.index))})
		s.CaughtUp = s.CaughtUp && in.caughtUp()
	}
	return s
}
