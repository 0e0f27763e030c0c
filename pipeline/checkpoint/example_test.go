package checkpoint_test

import (
	"context"
	"fmt"

	"friction/pipeline/checkpoint"
)

// A task logs two epochs and a snapshot, dies, and comes back as another member.
func Example() {
	ctx := context.Background()
	var log checkpoint.Memory

	w, _, err := checkpoint.Open(ctx, &log, checkpoint.Options{Claim: checkpoint.Claim{Run: "2026-11", Member: "a", Generation: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := uint64(1); n <= 2; n++ {
		e := &checkpoint.Epoch{Header: checkpoint.Header{N: n, Flushed: n - 1}, Rows: fmt.Appendf(nil, "rows of epoch %d", n)}
		if err := w.AppendEpoch(ctx, e); err != nil {
			fmt.Println(err)
			return
		}
		if n == 1 {
			if err := w.AppendSnapshot(ctx, &checkpoint.Snapshot{Header: e.Header, State: []byte("all sessions")}); err != nil {
				fmt.Println(err)
				return
			}
		}
	}
	status, err := w.Status(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}

	next, r, err := checkpoint.Open(ctx, &log, checkpoint.Options{Claim: checkpoint.Claim{Member: "b", Generation: 2}, Hint: status.Hint})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("run %s: %q after epoch %d\n", r.Claim.Run, r.Snapshot.State, r.Snapshot.N)
	for i := range r.Epochs {
		rows, err := next.Rows(ctx, &r.Epochs[i])
		fmt.Printf("epoch %d: %q, flushed up to %d, %v\n", r.Epochs[i].N, rows, r.Flushed, err)
	}
	fmt.Println(w.AppendEpoch(ctx, &checkpoint.Epoch{Header: checkpoint.Header{N: 3}}))
	// Output:
	// run 2026-11: "all sessions" after epoch 1
	// epoch 2: "rows of epoch 2", flushed up to 1, <nil>
	// append epoch 3: another member has taken over the checkpoint log: member "b", generation 2, with the claim at offset 5
}
