package simulate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"
)

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestFailuresToWriteTheTruthAreReported(t *testing.T) {
	f := NewTruthFile(fullDisk{})
	for range 1000 {
		f.Write(Visit{User: "u"})
	}
	if err := f.Close(); err == nil {
		t.Error("the truth was lost without an error")
	}
}

func TestTruthFile(t *testing.T) {
	var b bytes.Buffer
	f := NewTruthFile(&b)
	o := Options{Seed: 52, End: opening.Add(time.Hour), Truth: f.Write}
	for range shopFor(t, o).Records(time.Time{}) {
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	n, steps := 0, map[string]int{}
	for sc := bufio.NewScanner(&b); sc.Scan(); n++ {
		var v struct {
			User, App, Journey, Step   string
			Ended                      Ended
			Session                    int
			EnteredAt                  time.Time `json:"entered_at"`
			LeftAt                     time.Time `json:"left_at"`
			Hurt, Incident             bool
			Causes, Failures, Innocent []struct {
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
