package traffic

import "time"

// The two topics of the traffic.
const (
	Clickstream = "clickstream" // what people see and do
	Telemetry   = "telemetry"   // what requests, scripts and apps did
)

// Record is one event as it arrives at the collector. The Value is never
// written again: it may be kept.
type Record struct {
	Topic   string
	Key     string    // the user
	Time    time.Time // when it happened, as the device's clock says, ms
	Deliver time.Time // when it arrives
	Value   []byte    // the event, one JSON object
}
