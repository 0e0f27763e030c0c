package event

// Limit names a cap on something that grows with what users send. Caps are counted in events, keys or visits, never in
// time, so that every run reaches them at the same record.
type Limit uint8

// The limits, in the order in which counters are saved and logged. New ones go to the end.
const (
	LimitVisits      Limit = iota // signals that began on a visit too many visits ago, and so have none
	LimitSameTime                 // events without an id, of one session and one time, whose payload is remembered
	LimitActs                     // clicks, taps and submits that a session remembers
	LimitReactions                // requests that a session remembers as reactions
	LimitRageClicks               // clicks or taps in no rage
	LimitUnanswered               // clicks or swipes that wait for a reaction
	LimitUnpaired                 // clicks without an error, and errors without a click
	LimitOperations               // operations that may be tried again
	LimitBurstKeys                // forms, fields or pages that bursts are looked for on
	LimitBurstEvents              // events of one of them in no burst
	LimitPageEntries              // entries of pages in no loop
	LimitStormEvents              // requests in no storm
	LimitStorms                   // storms at one time
	LimitFields                   // fields of a form that is not sent
	LimitEarly                    // signals of a session before its first act
	LimitOffsets                  // devices of a session with a fast clock
	LimitRecent                   // events without an id whose bytes a session remembers
	LimitApps                     // sessions of apps without a place, counted under `other`
	NumLimits
)

var limitNames = [NumLimits]string{
	"session_visits", "same_time_events", "acts", "reactions", "rage_clicks", "unanswered", "unpaired", "operations",
	"burst_keys", "burst_events", "page_entries", "storm_requests", "storms", "form_fields", "early_signals", "clock_offsets", "recent_events", "apps",
}

// String is the name used in metrics.
func (l Limit) String() string {
	if l >= NumLimits {
		return "unknown"
	}
	return limitNames[l]
}

// Limits counts, for each limit, how often something was left out because of it.
type Limits [NumLimits]uint64
