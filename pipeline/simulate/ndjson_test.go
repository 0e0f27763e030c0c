package simulate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWriteNDJSON(t *testing.T) {
	records := runFor(t, 5*time.Minute, Options{Seed: 51}).records
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

func TestFailuresToWriteAreTold(t *testing.T) {
	records := runFor(t, time.Minute, Options{Seed: 51}).records
	if _, err := WriteNDJSON(slices.Values(records), func(string) io.Writer { return fullDisk{} }, false); err == nil {
		t.Error("traffic went nowhere without a word")
	}
	f := NewTruthFile(fullDisk{})
	for range 1000 {
		f.Tell(Visit{User: "u"})
	}
	if err := f.Close(); err == nil {
		t.Error("truth went nowhere without a word")
	}
}

func TestTruthFile(t *testing.T) {
	var b bytes.Buffer
	f := NewTruthFile(&b)
	o := Options{Seed: 52, End: opening.Add(time.Hour), Truth: f.Tell}
	for range shopFor(t, o).Records(time.Time{}) {
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	n, steps := 0, map[string]int{}
	for sc := bufio.NewScanner(&b); sc.Scan(); n++ {
		var v struct {
			User, App, Journey, Step string
			Ended                    Ended
			Session                  int
			EnteredAt                time.Time `json:"entered_at"`
			LeftAt                   time.Time `json:"left_at"`
			Hurt, Incident           bool
			Causes, Innocent         []struct {
				Cause, Target, Op, Page string
				N                       int
				First, Last             time.Time
			}
		}
		d := json.NewDecoder(bytes.NewReader(sc.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%v in %s", err, sc.Bytes())
		}
		if v.User == "" || v.App != "shop" || v.Session < 1 || v.LeftAt.Before(v.EnteredAt) || v.Hurt != (len(v.Causes) > 0) ||
			(v.Ended == "") != (v.Journey == SiteJourney) {
			t.Errorf("odd truth: %s", sc.Bytes())
		}
		steps[v.Journey+"/"+v.Step]++
	}
	if n < 500 || steps["checkout/payment"] == 0 || steps["site/product"] == 0 {
		t.Errorf("%d lines of %v", n, steps)
	}
}
