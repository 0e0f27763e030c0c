// Package migrate makes and checks the tables and views of one ClickHouse database.
//
// Owns: reading the migrations of package schemas (splitting files into statements, filling in database, cluster and
// retention), the list of applied steps with their checksums, the comparison of a server with what the migrations make,
// and the dictionary of tables and columns that the documentation is made of. In: a connection as [Server], [Options].
// Out: tables and views, lists of steps and findings. May not: open connections, know rows or how they are inserted.
//
// Why it is ours: goose, golang-migrate and their like run numbered files once. Here the same text also has to run
// ON CLUSTER and replicated; each statement is a step that may be repeated, because two workers may migrate at once and
// ClickHouse has no lock to keep them apart; a step that was changed is refused by its checksum, which must not depend on
// the configuration; and the columns of a server are compared with the text. All of that needs the scanner of statements
// in this package, and what would be left to a library is the list of applied steps.
package migrate
