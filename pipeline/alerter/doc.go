// Package alerter runs the alerting part as a program.
//
// Owns: its connections to ClickHouse, its metrics and health over HTTP, and how alerts are shown to people and
// programs. In: the configuration. Out: a running alerter, or what one evaluation found.
// May not: decide what an alert is.
package alerter
