// Package alert says when a step has begun to hurt more than it used to, and when that is over.
//
// Owns: the decision (panes in, changes out), the lease by which one of several alerters works ([Lease]), what a change
// says in words, and the alerter that ties them together ([Alerter]). In: panes and progress as package query reads them,
// the configuration. Out: rows of the tables of alerts through package sink, and notices to package notify. May not: read
// Kafka or base tables of the worker, or show a secret. The decision has no clock and no I/O: event time comes with the
// panes, so that a month of traffic is evaluated in seconds, and twice with the same result.
package alert
