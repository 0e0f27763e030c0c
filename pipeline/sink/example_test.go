package sink_test

import (
	"fmt"
	"os"

	"friction/pipeline/score"
	"friction/pipeline/sink"
)

// Rows without a server: one object a line, with the names of the views.
func ExampleWriteNDJSON() {
	rows := &score.Rows{Rejected: []score.RejectedRow{{
		Topic: "clicks", Offset: 4711, RecordTime: 1_790_000_000_000, Reason: "malformed", Detail: "byte 17: want a value", Bytes: 311,
	}}}
	stamp := score.Stamp{Group: "friction", Run: "1", Task: 3, Version: score.Version(1, 2)}
	if err := sink.WriteNDJSON(os.Stdout, stamp, rows); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"table":"rejected_events","topic":"clicks","partition":3,"offset":4711,"record_time":"2026-09-21T14:13:20.000Z","reason":"malformed","detail":"byte 17: want a value","bytes":311,"run":"friction/1","version":281474976710658}
}
