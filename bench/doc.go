// Command bench measures friction against what its parts cost at least, and
// prints ratios.
//
// Owns: the measurements, their input (a seeded load in an embedded Kafka), and
// the bars they are held to. In: flags. Out: tables for people; with --json one
// JSON object, alone on the last line of stdout.
// May not: decide whether a build is good. It fails only when something could not
// be measured.
//
//	ceiling     kafka-go fetches, fastjson parses, nothing else
//	engine      decoded events through the engine, nothing else
//	pipeline    fetch, decode, engine, rows and checkpoint log; rows are thrown away
//	peers_job   the same with rage clicks and sessions alone, the job Flink and Kafka
//	            Streams were given
//	end_to_end  Kafka to ClickHouse by a real worker
//	memory      bytes per open session
//	latency     from an event to its rows, at half the load that end_to_end took
//
// Every measurement runs in a process of its own, so that its CPU time and peak
// memory are its own; broker and ClickHouse are processes of their own too. CPU is
// user and system time of the whole process from when it is ready, garbage
// collection with it. Measurements take turns, so that a machine that is busy for
// a while disturbs all of them; a ratio is the median of the ratios of each turn.
package main
