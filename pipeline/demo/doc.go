// Package demo runs everything in one process tree: Kafka, ClickHouse, a simulated shop with an incident, a worker and
// an alerter.
//
// Owns: what is started, in which order it is stopped, what is kept between two starts, the table on the screen, and the
// summary. In: options. Out: a demonstration.
// May not: work on records; the worker does.
package demo
