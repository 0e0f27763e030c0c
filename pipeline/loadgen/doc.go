// Package loadgen makes plain traffic for benchmarks, with counts that are known
// exactly.
//
// Owns: the [Load], seeded events of many users, and its [Counts].
//
// In: [Options]: a seed, a start, how many events, users and how they come.
//
// Out: records in the order in which they arrive at the collector.
//
// May not: read a clock, or know a detector. It models no person and no shop;
// simulate does.
package loadgen
