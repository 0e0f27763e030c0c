package checkpoint

import (
	"context"
	"time"
)

// Options say how to open a log.
type Options struct {
	// Claim names the member and its generation. Run and Birth are used when the
	// log is empty or NewRun is set; else the log's own are kept, and Birth is the
	// lowest one to claim with. A Nonce of 0 is replaced by a random one.
	Claim Claim
	// Hint is [Status].Hint of an earlier writer, kept anywhere; 0 or less means
	// none. A wrong one only costs time.
	Hint int64
	// NewRun starts over with another run: what the log holds is ignored.
	NewRun bool
	// AcceptMissingRows continues although rows that may not be in ClickHouse are
	// no longer in the log.
	AcceptMissingRows bool
	// MayClaim is called before every claim. It says whether the generation is still
	// the group's; an error ends the attempt and is returned. With it, a claim of
	// another member that wrote nothing is answered with our own claim; without it,
	// every claim of another member is an ErrFenced.
	MayClaim func(context.Context) error
	// ChunkBytes is the most payload a record carries; 900 KiB if zero, which
	// fits a broker's default limit.
	ChunkBytes int
	// Retry is the first pause after an append without a clear answer; it doubles
	// up to twentyfold. 100 ms if zero.
	Retry time.Duration
}

const defaultChunk = 900 << 10
