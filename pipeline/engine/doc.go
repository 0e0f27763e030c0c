// Package engine is one partition as a deterministic machine: records in, rows
// out. The same records give the same rows, however they were cut into epochs.
//
// Owns: the chain session → journey → detect → score for one task, its limits,
// its state. In: decoded events with their positions, watermarks. Out:
// [score.Rows] and counters.
// May not: start goroutines, take locks, read clocks, log, do I/O.
//
// An epoch is: [Engine.Slot], decode into it, [Engine.Add] (or [Engine.Reject])
// for each record; [Engine.Advance] and [Engine.Run], at the end and as often
// before as one likes; [Engine.TakeRows].
package engine
