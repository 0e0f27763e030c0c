// Package console serves what a running program shows over HTTP.
//
// Owns: /livez, /readyz and /metrics. In: what the program says of itself. Out:
// responses. May not: know tasks, Kafka or ClickHouse.
package console
