// Package notify delivers notices of alerts to Alertmanager, webhooks, Slack and PagerDuty.
//
// Owns: what a receiver is sent and how: one file for each receiver, with its settings and its limits; which errors may
// pass and which will not. In: a [Notice], which says a change of an alert in words and fields, and [Config]. Out: HTTP
// requests, whose texts are lines of their own, whatever an event said. May not: decide what is worth an alert, read or write tables, keep state, or show a secret.
package notify
