// Package shoptest is what tests of whole programs need: the simulated shop as records of two topics with the rules
// that fit it, and a Kafka and a ClickHouse to run on.
//
// Owns: one reading of the shop as test data; servers of one test. In: a seed. Out: records, rules, servers.
// May not: be imported outside tests, or import what it tests.
package shoptest
