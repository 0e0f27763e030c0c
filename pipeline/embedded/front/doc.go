// Package front is the HTTP interface of ClickHouse in front of an engine that is loaded as a library.
//
// Owns: reading a request as ClickHouse's clients send it (statement, settings, parameters, compressed bodies), telling
// INSERT statements with rows from all others, who may ask, and the answer with its formats, headers and errors.
// In: HTTP requests and a [Session] of the engine. Out: answers that clickhouse-go, curl and Grafana understand.
// May not: load the engine, know where its data lives, or know anything of friction's tables.
//
// Why it is ours: libchdb is an engine without a server. The clients that friction, its tests and its users have speak
// HTTP, so somebody has to speak it to them. There is no Go library for the server's side of that interface. What is
// re-encoded is only the Native format: the engine writes its oldest revision, clients ask for newer ones.
package front
