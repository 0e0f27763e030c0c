package worker

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rejects"
	"friction/pipeline/rules"
	"friction/pipeline/source"
)

// What a task cannot read is told to the worker's watch, with where it stands.
func TestRejectedRecordsAreWatched(t *testing.T) {
	r, err := rules.New(engine.DefaultConfig(), decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMachine(r, []string{"clicks"})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		watch := rejects.New(rejects.Options{Share: .1, Format: decode.Native, Log: zap.NewNop()})
		reading := &reader{inputs: newInputs(m.topics), machine: m, metrics: NewMetrics("test"), log: zap.NewNop(), rejects: watch, partition: 7}
		for i := range 3 {
			in := reading.inputs.list[0]
			in.batch = &source.Batch{Next: int64(i+1) * 20}
			for n := range 20 {
				in.batch.Records = append(in.batch.Records, event.Record{Offset: int64(i*20 + n), Key: []byte("u"), Value: []byte("time,user,type"), Time: 1})
			}
			if _, err := reading.feed(in, event.Never); err != nil {
				t.Fatal(err)
			}
			time.Sleep(31 * time.Second)
		}
		if got := watch.Note(); !strings.Contains(got, "40 of 40 records of a minute could not be read as native; most: malformed") ||
			!strings.Contains(got, "topic clicks, partition 7, offset 0") || !strings.Contains(got, "set input.format to csv") {
			t.Error(got)
		}
	})
}
