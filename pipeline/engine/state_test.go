package engine_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/scenario"
	"friction/pipeline/pipetest/world"
)

// halfway is a world and the state of an engine that has read half of it.
func halfway(t interface{ Fatal(...any) }, w *world.World) []byte {
	d, err := scenario.NewDrive(w)
	if err != nil {
		t.Fatal(err)
	}
	half := len(w.Log) * 2 / 3
	d.Add(w.Log[:half])
	if err := d.Run(event.Beginning); err != nil {
		t.Fatal(err)
	}
	d.Add(w.Log[half:])
	return d.Engine.AppendState(nil)
}

func someWorlds(n int) (worlds []*world.World) {
	draw := rapid.Custom(func(t *rapid.T) *world.World {
		return world.Draw(t, world.Shape{Topics: 2, Events: 25, Late: true})
	})
	for i := range n {
		worlds = append(worlds, draw.Example(i))
	}
	return worlds
}

// A state is checked before it is believed: sessions in it are not looked into until something happens to them.
func TestDamagedStatesAreRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, w := range someWorlds(40) {
		state := halfway(t, w)
		if err := load(t, w, state); err != nil {
			t.Fatal(err)
		}
		bad := [][]byte{nil, state[:1], state[:16], append(slices.Clip(state), 0)}
		for range 200 {
			bad = append(bad, damaged(r, state))
		}
		for _, b := range bad {
			if err := load(t, w, b); !errors.Is(err, event.ErrState) && !bytes.Equal(b, state) {
				t.Fatalf("%d bytes made of %d: want event.ErrState, got %v", len(b), len(state), err)
			}
		}
	}
}

// A state whose checksum is right, but that ends anywhere else, is refused, too: every part of it says how long it is.
func TestShortStatesOfTheRightSumAreRefused(t *testing.T) {
	summed := func(text []byte) []byte {
		sum := event.DigestOf(text)
		return append(slices.Clip(text), sum[:]...)
	}
	for i, w := range someWorlds(5) {
		state := halfway(t, w)
		text := state[:len(state)-len(event.Digest{})]
		if err := load(t, w, summed(text)); err != nil {
			t.Fatal(err)
		}
		for n := i; n < len(text); n += 5 {
			if e, err := engine.New(w.Config, w.Topics); err != nil {
				t.Fatal(err)
			} else if err := e.LoadState(summed(text[:n])); !errors.Is(err, event.ErrState) {
				t.Fatalf("%d of %d bytes were loaded: %v", n, len(text), err)
			}
		}
		if e, err := engine.New(w.Config, w.Topics); err != nil {
			t.Fatal(err)
		} else if err := e.LoadState(summed(append(slices.Clip(text), 0))); !errors.Is(err, event.ErrState) {
			t.Fatalf("a byte too many was loaded: %v", err)
		}
	}
}

// load puts bytes that may be anything into an engine and, if they are taken for a
// state, goes on from there. Loading may not take memory out of all proportion.
func load(t *testing.T, w *world.World, state []byte) error {
	t.Helper()
	e, err := engine.New(w.Config, w.Topics)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = e.LoadState(state)
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20+512*uint64(len(state)) {
		t.Fatalf("loading %d bytes took %d", len(state), taken)
	}
	if err != nil {
		return err
	}
	for _, at := range []event.Millis{e.Reachable(nil), e.ClosingWatermark()} {
		e.Advance(at)
		for range 1000 {
			if e.Run() {
				break
			}
			e.TakeRows()
		}
		e.TakeRows()
	}
	e.AppendState(nil)
	return nil
}

// damaged is a state cut short, or with some bytes changed.
func damaged(r *rand.Rand, state []byte) []byte {
	out := append([]byte(nil), state...)
	if len(out) == 0 {
		return out
	}
	switch r.IntN(4) {
	case 0:
		return out[:r.IntN(len(out))]
	case 1:
		at := r.IntN(len(out))
		return append(out[:at], out[min(len(out), at+1+r.IntN(4)):]...)
	}
	for range 1 + r.IntN(3) {
		out[r.IntN(len(out))] = byte(r.IntN(256))
	}
	return out
}
