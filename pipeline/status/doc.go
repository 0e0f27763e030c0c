// Package status serves what a running program shows over HTTP.
//
// Owns: /livez, /readyz and /metrics; the registry of metrics that every program begins with. In: what the program says
// of itself. Out: responses.
// May not: know tasks, Kafka or ClickHouse.
package status
