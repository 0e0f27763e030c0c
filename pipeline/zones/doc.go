// Package zones reads the rules of time zones, so that times without an offset can be
// read where a map names their zone.
//
// Owns: where the rules come from: the machine's time zone database, else the one in
// the program. In: a name such as Europe/Berlin. Out: a [fields.Zone], which is plain
// data: it is kept with the rules of a task, so that a recovery reads the same times as
// before, whatever the database says by then.
// May not: read clocks, or know the zone of the machine.
package zones
