// Package schemas holds the files that say what goes in and what comes out: the
// tables and views of ClickHouse, and the JSON Schemas.
//
// Owns: the files. In: nothing. Out: their text, compiled into the program.
// May not: interpret them.
package schemas

import "embed"

// ClickHouse holds clickhouse/NNNN_name.sql, the migrations in the order of
// their names, and clickhouse/*.sql.tmpl, the pieces they share. All are
// text/template sources; pipeline/sink says which functions they may call.
//
//go:embed clickhouse/*.sql clickhouse/*.sql.tmpl
var ClickHouse embed.FS

// JSON holds the JSON Schemas: event.schema.json, what a record of the native
// format is, and config.schema.json, what a configuration file is.
//
//go:embed *.json
var JSON embed.FS
