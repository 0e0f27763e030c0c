// Command friction reads clickstream and telemetry from Kafka, finds where customers hurt, and writes per-step friction
// scores to ClickHouse.
//
// Owns: flags, help, exit codes and what a person sees on a terminal. In: arguments, environment, signals. Out: the
// program's answers on stdout, everything else on stderr.
//
// May not: do the work; that is what the packages under pipeline are for.
//
// It exits with 0 when all is well, 1 when something failed, and 2 when it was used or configured wrongly; then the
// first line on stderr says where.
package main
