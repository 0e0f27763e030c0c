package simulate

import "friction/pipeline/traffic"

// The two topics of the traffic.
const (
	Clickstream = traffic.Clickstream
	Telemetry   = traffic.Telemetry
)

// Record is one event as it arrives at the collector.
type Record = traffic.Record
