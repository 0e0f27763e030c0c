// Package embedded runs the two servers friction needs, on one machine and without an installation: a Kafka broker
// (franz-go's kfake, which speaks the real protocol) and ClickHouse (the real engine, loaded as libchdb).
//
// Owns: finding and fetching libchdb, the binding to it, the HTTP interface in front of it, the broker, the child
// processes both can run in, and their end when the parent ends.
//
// In: directories, addresses and a binary to start. Out: addresses and data source names that any Kafka or ClickHouse
// client can use.
//
// May not: know anything of events, tables or topics of friction; be imported by anything but the program's wiring
// (demo, the hidden server commands, benchmarks) and tests.
//
// One process holds at most one engine. For production use real servers; this package exists for demos, tests and
// benchmarks.
package embedded
