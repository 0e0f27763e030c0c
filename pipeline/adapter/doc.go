// Package adapter reads the formats of values: one reader a format.
//
// Owns: the syntax of native JSON, NCSA access logs, CSV and TSV, and the maps that
// say what the columns of a table mean. In: the bytes of one value. Out: calls of a
// [fields.Builder] with what each field holds, or a rejection of a value that is not
// of the format.
// May not: decide what a missing or wrong field means, know records, clocks, keys or
// pseudonyms: that is decode's, and the same for all formats.
//
// # A new format
//
// One file with a type that has the method of [Reader], its name and a case in
// [New], a test with real samples, and a fuzz target. Settings of its own go into
// [Options]. Text is handed to the builder as bytes and copied there.
//
// # Maps
//
// A map says what the fields of an event are made of, where a row of CSV or TSV
// has columns of names of their own:
//
//	time=timestamp:s, user=panelist_id, type='page_view', page=url, op=method+' '+url
//
// It is a list of field=value, separated by commas. A field is one of the native
// event (time, user, type, …), a member of an object of it (target.tag,
// context.os, error.kind), or attrs.NAME; target alone is target.id. A value is a
// column, a 'constant', or several of them joined by +. A column whose name has
// one of the characters , = + : ' " * is written in double quotes; a quote inside
// quotes is written twice. White space around them does not count.
//
// time and duration_ms may have a unit behind a colon: s, ms, us, ns, with any
// fraction; time also rfc3339, which is any date and time ([fields.Dates.DateTime]), or
// the name of the zone that times without an offset are in (time=ts:Europe/Berlin).
// Without a unit a duration is in milliseconds, and a time is
// recognised: a date, or a Unix time whose size tells the unit. time, user and type must
// be there. attrs=* makes attributes of all columns the map does not name.
//
// An empty cell, or \N, is as if it were not there; a joined value is, when all its
// columns are. ok and keyboard are true, false, 1, 0 and the like; target.classes are separated by
// spaces.
package adapter
