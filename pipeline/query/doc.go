// Package query reads answers from ClickHouse.
//
// Owns: the questions people and programs ask of the tables, as SQL over the views of schemas/clickhouse.
// In: a data source name and the question's bounds. Out: plain values, times in UTC, scores from 0 to 100.
// May not: write, know how rows are made, or read a base table where there is a view.
package query
