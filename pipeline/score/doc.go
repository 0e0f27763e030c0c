// Package score turns signals into the pain of a visit, adds visits up in panes
// and windows, and defines every row that leaves the engine.
//
// Owns: the formula of pain, panes, sliding windows, row types and their
// encoding. In: visits and signals. Out: [Rows].
// May not: read clocks, do I/O, know ClickHouse.
package score
