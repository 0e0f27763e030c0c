// Package tables compares rows in tests as a reader of the tables finds them: of
// the rows of one key, the last version.
//
// Owns: folding rows to their last version, adding up those of several tasks, differences as text.
// In: rows of the engine, the oracle or ClickHouse. Out: rows, text.
// May not: ask a database, or be imported outside tests.
package tables
