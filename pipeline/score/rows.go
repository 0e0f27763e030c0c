package score

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Rows are what one epoch of one task made for ClickHouse, at most one row per
// table key. Run, version and task stand beside them in [Stamp], because every
// row of an epoch shares them.
type Rows struct {
	Sessions []SessionRow
	Visits   []VisitRow
	Signals  []SignalRow
	Windows  []WindowRow
	Panes    []PaneRow
	Late     []LateRow
	Rejected []RejectedRow
	Progress []ProgressRow

	// Memory that the lists in rows are parts of.
	counts  arena[Count]
	buckets arena[Count32]
	refs    arena[VisitRef]
}

// Clear empties the rows and keeps their memory for others. Nobody may read them,
// or lists in them, any more.
func (r *Rows) Clear() {
	r.Sessions = emptied(r.Sessions, len(r.Sessions))
	r.Visits = emptied(r.Visits, len(r.Visits))
	r.Signals = emptied(r.Signals, len(r.Signals))
	r.Windows = emptied(r.Windows, len(r.Windows))
	r.Panes = emptied(r.Panes, len(r.Panes))
	r.Late = emptied(r.Late, len(r.Late))
	r.Rejected = emptied(r.Rejected, len(r.Rejected))
	r.Progress = emptied(r.Progress, len(r.Progress))
	r.counts.reset()
	r.buckets.reset()
	r.refs.reset()
}

// roomy is a list of rows with room for one more. It grows to the double; append
// grows long lists by a quarter, and would copy these more often than needed.
func roomy[T any](list []T) []T {
	if n := len(list); n == cap(list) {
		list = slices.Grow(list, max(n, 64))
	}
	return list
}

// AddVisit appends a row of a visit.
func (r *Rows) AddVisit(v VisitRow) { r.Visits = append(roomy(r.Visits), v) }

// Counts is memory for n counts in a row of r.
func (r *Rows) Counts(n int) []Count { return r.counts.alloc(n) }

// Refs is memory for n visits in a row of r.
func (r *Rows) Refs(n int) []VisitRef { return r.refs.alloc(n) }

// Stamp says which run and task made some rows. Version grows with
// (birth, epoch), so that of two rows of one key the last one stands.
type Stamp struct {
	Group   string
	Run     string
	Task    uint16
	Version uint64
	Tasks   uint16       // how many tasks the run has; 0 when not known
	Settle  event.Millis // gap + grace: how long after its end a window waits for sessions to end, in ms; 0 when not known
}

// Version packs (birth, epoch) into the number a replacing table keeps the
// highest of: 16 bits of birth over 48 bits of epoch.
func Version(birth, epoch uint64) uint64 { return birth<<48 | epoch&(1<<48-1) }

// Count is one entry of a map column: how many of a named thing.
type Count struct {
	Name string
	N    uint64
}

// Pair is one entry of a text map column.
type Pair struct{ Name, Value string }

// SessionRow is one closed session. Key: app, opened_at, session_id.
type SessionRow struct {
	App        string
	SessionID  event.Digest
	User       string
	Account    string
	Client     string       // the client's own session id
	OpenedAt   event.Millis // time of the event that opened it; never changes
	StartedAt  event.Millis // earliest event
	EndedAt    event.Millis // latest event
	Events     uint32
	Pages      uint32 // page and screen views
	Duplicates uint32
	Capped     uint32
	LateJoined uint32
	ClockAhead uint32
	// ClockOffset is the largest offset that was taken away from the time of one of its events, ms; negative for a slow clock.
	ClockOffset event.Millis
	Overdue     bool // its events came long after they happened
	EntryPage   string
	ExitPage    string
	Segments    []Pair
	Signals     []Count // runs by kind, absorbed ones left out
	Pain        uint32  // millionths, of all these signals as if they were on one visit
}

// Outcome says how a visit ended; see [journey.Outcome].
type Outcome = journey.Outcome

// NumOutcomes is how many outcomes there are.
const NumOutcomes = journey.NumOutcomes

// VisitRow is one stay of one session on one step.
// Key: app, journey, entered_at, step, session_id, attempt, visit.
type VisitRow struct {
	App           string
	Journey       string
	Step          string
	StepIndex     uint8
	SessionID     event.Digest
	User          string
	Attempt       uint16
	Visit         uint16
	EnteredAt     event.Millis
	LeftAt        event.Millis // event.Never while open
	Outcome       Outcome
	Stalled       bool
	EnteredMidway bool
	Skipped       bool
	Resumed       bool // its attempt began in an earlier session
	Returned      bool // the next session of its user continued the attempt that was left here
	Segments      []Pair
	Signals       []Count
	Pain          uint32 // millionths
	Weights       string // version of the weights behind Pain
}

// VisitRef names a visit inside its session.
type VisitRef struct {
	Journey string
	Step    string
	Attempt uint16
	Visit   uint16
}

// SignalRow is one signal. Key: app, started_at, signal_id.
type SignalRow struct {
	App         string
	SignalID    event.Digest
	Kind        string
	SessionID   event.Digest
	User        string
	StartedAt   event.Millis
	EndedAt     event.Millis
	Count       uint32
	Page        string
	Target      string
	Op          string
	Outcome     string   // how it ended, where the kind says so
	EventIDs    []string // first 20
	Visits      []VisitRef
	AbsorbedBy  string
	RuleVersion string
	Segments    []Pair
}

// Sums are the integers of a pane or window. They add exactly.
type Sums struct {
	Visits    uint64
	Late      uint64 // of these, visits of overdue sessions
	Affected  uint64 // visits with pain > 0
	Pain      uint64 // sum of pain, millionths
	PainSq    uint64 // sum of squared pain, millionths
	Outcomes  [NumOutcomes]uint64
	Stalled   uint64  // open visits whose session has been silent for stall_after
	Signals   []Count // runs by kind, sorted by name
	DwellHist []Count32
}

// Count32 is one filled bucket of a dwell histogram.
type Count32 struct {
	Bucket uint8
	N      uint32
}

// WindowRow is one step in one sliding window of one task, everyone.
// Key: app, journey, window_start, step, task, part.
type WindowRow struct {
	App         string
	Journey     string
	Step        string
	StepIndex   uint8
	WindowStart event.Millis
	Part        event.Millis // pane in which these visits were counted, because their sessions were overdue; 0 for those on time
	Size        event.Millis // ms
	Sums        Sums
	Weights     string
}

// PaneRow is one step in one slide-long pane for one value of one dimension, of
// one task. Dimension and Value are "" for everyone.
// Key: app, journey, dimension, pane_start, step, value, task, part.
type PaneRow struct {
	App       string
	Journey   string
	Step      string
	StepIndex uint8
	Dimension string
	Value     string
	PaneStart event.Millis
	Part      event.Millis // as in a window's row
	Size      event.Millis // slide, ms
	Sums      Sums
	Weights   string
}

// LateRow is an event whose session was closed for good when it came.
// Key: topic, partition (the task), offset.
type LateRow struct {
	Topic      string
	Offset     int64
	RecordTime event.Millis
	EventTime  event.Millis
	App        string
	User       string
	Type       string
	Page       string
	EventID    string
	LateBy     event.Millis // how far it lies behind the time in force when it came, ms
}

// RejectedRow is a record that could not become an event.
// Key: topic, partition (the task), offset.
type RejectedRow struct {
	Topic      string
	Offset     int64
	RecordTime event.Millis
	Reason     string
	Detail     string
	Bytes      uint32
}

// ProgressRow says up to where one task's numbers are complete. Key: group, task.
type ProgressRow struct {
	Birth      uint64
	Epoch      uint64
	Watermark  event.Millis
	RowsUntil  event.Millis // watermark up to which score rows have been emitted
	WallClock  event.Millis // of the epoch
	Positions  []Position
	Open       uint64 // open sessions
	StateBytes uint64
	Counters   event.Counters
	Config     string // revision
}

// Position is how far one topic was read.
type Position struct {
	Topic     string
	Next      int64        // offset of the next record to read
	End       int64        // high watermark seen
	TopicTime event.Millis // highest event time accepted
}
