// Package app wires the rooms together and owns every goroutine.
//
// Owns: the worker and its tasks, the order log → ClickHouse → commit, recovery,
// back-pressure, shutdown, replay over files, loading files into Kafka, the demo.
// In: a configuration. Out: a running program.
// May not: decide what a row says.
package app
