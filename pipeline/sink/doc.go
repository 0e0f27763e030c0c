// Package sink writes to ClickHouse: it inserts the rows of epochs, keeps the list of runs, and writes the same rows
// as NDJSON if there is no server.
//
// Owns: migrations, inserts and their retries, the runs of each group, the
// mapping of rows to columns. In: [score.Rows] with their [score.Stamp]. Out:
// tables, or lines of JSON.
// May not: know Kafka, the checkpoint log or how rows are made; put the value of
// a row into an error or a log line.
package sink
