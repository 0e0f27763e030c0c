package traffic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// twoTopics is a hundred records, every third of them telemetry.
func twoTopics() (records []Record) {
	for i := range 100 {
		topic := Clickstream
		if i%3 == 0 {
			topic = Telemetry
		}
		at := time.UnixMilli(int64(1_772_438_400_000 + i)).UTC()
		records = append(records, Record{Topic: topic, Key: fmt.Sprintf("u%d", i%7), Time: at, Deliver: at.Add(time.Second), Value: fmt.Appendf(nil, `{"id":"%d"}`, i)})
	}
	return records
}

func TestWriteNDJSON(t *testing.T) {
	records := twoTopics()
	var one bytes.Buffer
	n, err := WriteNDJSON(slices.Values(records), func(string) io.Writer { return &one }, false)
	if err != nil || n != len(records) {
		t.Fatalf("wrote %d of %d, %v", n, len(records), err)
	}
	lines := strings.Split(strings.TrimSuffix(one.String(), "\n"), "\n")
	for i, r := range records {
		if lines[i] != string(r.Value) {
			t.Fatalf("line %d is %s, want %s", i, lines[i], r.Value)
		}
	}

	var clicks bytes.Buffer
	to := func(topic string) io.Writer {
		if topic == Clickstream {
			return &clicks
		}
		return nil
	}
	n, err = WriteNDJSON(slices.Values(records), to, true)
	if err != nil || n == 0 || n >= len(records) {
		t.Fatalf("wrote %d of %d, %v", n, len(records), err)
	}
	var line struct {
		Topic, Key string
		Time       int64
		Value      json.RawMessage
	}
	if err := json.Unmarshal([]byte(strings.SplitN(clicks.String(), "\n", 2)[0]), &line); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(records, func(r Record) bool { return r.Topic == Clickstream })
	if r := records[i]; line.Topic != r.Topic || line.Key != r.Key || line.Time != r.Deliver.UnixMilli() || string(line.Value) != string(r.Value) {
		t.Errorf("%+v is not %+v", line, r)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestFailuresToWriteAreReported(t *testing.T) {
	if _, err := WriteNDJSON(slices.Values(twoTopics()), func(string) io.Writer { return fullDisk{} }, false); err == nil {
		t.Error("the traffic was lost without an error")
	}
}
