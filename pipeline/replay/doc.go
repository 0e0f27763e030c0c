// Package replay runs the engine over what has already happened, without writing anything to Kafka or ClickHouse.
//
// Owns: replays of files to rows, the comparison of two configurations over the same records, and what a source can and
// cannot show. In: rules, and the past as files or as the history of topics. Out: rows as NDJSON, comparisons,
// explanations.
// May not: join a group, commit positions, or write tables.
package replay
