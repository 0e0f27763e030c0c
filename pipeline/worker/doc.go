// Package worker is a member of the consumer group: it runs one task for each partition that it is given.
//
// Owns: every goroutine of a worker; the order log → ClickHouse → commit; recovery, back-pressure, shutdown; its metrics.
// In: a configuration. Out: rows in ClickHouse, dead letters in their topic, epochs in the checkpoint log.
// May not: decide what a row says.
package worker
