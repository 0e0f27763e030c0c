// Package checkpoint keeps the state of one task in a log, the single truth of
// what it has done: what is not logged was never done.
//
// Owns: the records CLAIM, BASE (a snapshot), EPOCH and CONFIGURATION, their format, and
// the rule that says which of them count. In: a [Log], which [Memory] and one partition of
// a Kafka topic are. Out: a [Writer] and a [Recovery].
// May not: know Kafka, ClickHouse, or what states and rows hold.
//
// # Use
//
//	w, r, err := checkpoint.Open(ctx, log, checkpoint.Options{
//		Claim: checkpoint.Claim{Run: newRunID, Member: gen.Member, Generation: gen.ID},
//		Hint:  hint, // from the group's offset metadata; 0 if there is none
//		MayClaim: gen.Check,
//	})
//	// State is r.Snapshot (nil at first) plus the epochs behind it:
//	restore(r.Snapshot)
//	for i := range r.Epochs {
//		e := &r.Epochs[i]
//		if e.N > r.SnapshotN() {
//			again := process(e.Positions, e.Watermark, e.Cursor) // must digest to e.RowsSum
//		}
//		if e.N > r.Flushed { // not known to be in ClickHouse
//			rows, err := w.Rows(ctx, e)
//			insert(score.Version(e.Birth, e.N), rows)
//		}
//	}
//	// If ClickHouse knows a higher (birth, n) than (r.Claim.Birth, r.LastN):
//	err = w.Raise(ctx, birth+1)
//	// From now on, one epoch after the other: append, then insert, then commit.
//	err = w.AppendEpoch(ctx, &checkpoint.Epoch{Header: header, Rows: rows}) // header.N = r.LastN+1, …
//	// Now and then, from a goroutine of its own, while epochs go on:
//	bw, err := w.BeginSnapshot(ctx, &checkpoint.Snapshot{Header: header, Config: config}) // before epoch header.N+1 is appended
//	err = bw.Write(ctx, part)                                                 // … as often as needed
//	err = bw.Commit(ctx)
//	// [Writer.Status] says when the next snapshot is due and what hint to keep.
//
// A [Writer] settles appends without a clear answer by itself. When a method
// returns an error that Is [ErrFenced] or [ErrShorter], the state in memory no
// longer matches the log: drop it, and open again if the task is still ours. When
// the group begins a new generation and the task stays, [Writer.Reclaim] lets it
// continue with its state, or says that it cannot.
//
// # What counts
//
// A claim takes the log over. Its offset is the fencing token: what was written under
// an earlier claim and arrives behind it is ignored by everybody. The rule itself is in
// the comment on validator.
//
// Files, from the top: open.go and snapshot.go, writer.go, claimedlog.go, scan.go,
// configuration.go, validator.go, rows.go, record.go, header.go, input.go; log.go and memory.go.
package checkpoint
