// Package forget does in Kafka what can be done there to forget a person.
//
// Owns: tombstones, which end the open sessions of a person in the tasks of a group, and what is said of topics that keep
// records of them. In: whom, as stored in the tables. Out: how far it is, and until when records remain.
// May not: delete records, or know ClickHouse.
package forget
