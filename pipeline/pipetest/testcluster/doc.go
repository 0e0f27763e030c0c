// Package testcluster starts the servers that tests need: Apache Kafka, proxies in
// front of it, ClickHouse, and other child processes.
//
// Owns: getting the servers, their processes, and rows of known traffic in ClickHouse.
// In: what a test wants. Out: addresses, databases, handles to kill, freeze and delay.
// May not: be imported by tests of the core, or outside tests.
package testcluster
