package sink

import "friction/pipeline/score"

// Batch is what one epoch of one task made. Both are only read.
type Batch struct {
	Stamp score.Stamp
	Rows  *score.Rows
}

// Refused is a row that ClickHouse refuses by itself.
type Refused struct {
	Stamp score.Stamp
	Table string
	Line  []byte // the row as a line of JSON, as in [WriteNDJSON]
	Why   string // ClickHouse's name of the error; never a value
}
