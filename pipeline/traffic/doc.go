// Package traffic holds what generators of events are built from.
//
// Owns: the [Record], one event as it arrives at the collector, and its two
// topics; a seeded source of random numbers; a queue of things by time; the
// memory that event JSON is written to; NDJSON files.
//
// In: seeds, times, bytes. Out: the same, in a fixed order.
//
// May not: read a clock, share state, or know what is simulated. The packages
// simulate (a shop full of people) and loadgen (plain traffic for benchmarks)
// decide that.
package traffic
