// Package score turns signals into the pain of visits, sums visits in panes and
// windows, and defines every row that leaves the engine.
//
// Owns: the formula of pain; the aggregates, which are the sums of each step, pane
// and segment value; the types of rows and their encoding. In: visits and
// signals. Out: [Rows].
// May not: read clocks, do I/O, know ClickHouse.
//
// Files, from the top: emit.go and state.go (rows and saved state of the
// aggregates), aggregates.go, valueindex.go with pane.go and segments.go, sums.go with
// total.go; encode.go and decode.go over delta.go and decoder.go; rows.go; pain.go.
package score
