// Package groupconfig lets the members of a group agree on one configuration.
//
// Owns: which member may work, what the others are told, and how a configuration takes the place of another. In: a
// member's rules, and the configuration in force in the checkpoint log of partition 0. Out: permission, or a [RefusedError].
// May not: know Kafka, tasks or ClickHouse.
package groupconfig
