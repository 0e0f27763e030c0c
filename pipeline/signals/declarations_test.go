package signals

import (
	"reflect"
	"regexp"
	"testing"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
)

// source matches what a default may be taken from: a number is somebody's, or our
// choice, and the declaration says which.
var source = regexp.MustCompile(`(?i)our choice|is ours|reports|PostHog|Datadog|Sentry|Mixpanel|Amplitude|New Relic|Splunk|Conviva|Clarity|Hotjar`)

// What signals declare is complete and within its own bounds.
func TestDeclarationsAreComplete(t *testing.T) {
	for k, d := range All() {
		if d == nil {
			t.Fatalf("number %d declares nothing", k)
		}
		if d.Name == "" || d.Summary == "" || d.Means == "" || d.One == "" || d.Where == "" || d.Revision == 0 || d.Cap == 0 {
			t.Errorf("%s leaves something out: %+v", d.Name, d)
		}
		if !source.MatchString(d.Source) {
			t.Errorf("%s does not say where its definition comes from: %q", d.Name, d.Source)
		}
		if (d.Weight == 0) != d.SessionOnly {
			t.Errorf("%s weighs %v, and tells of the session only: %v", d.Name, d.Weight, d.SessionOnly)
		}
		if (d.Rule == nil) == (d.Outcome == journey.Open) {
			t.Errorf("%s is made either by detectors or of outcomes", d.Name)
		}
		if len(d.Needs) == 0 && d.NeedsOf == nil {
			t.Errorf("%s needs nothing", d.Name)
		}
		settings := reflect.New(reflect.TypeOf(d.Thresholds))
		settings.Elem().Set(reflect.ValueOf(d.Thresholds))
		if err := detect.Validate(settings.Interface()); err != nil {
			t.Errorf("%s: default %v", d.Name, err)
		}
		if d.Rule == nil {
			continue
		}
		r, err := d.Rule(d.Thresholds)
		if err != nil || (r.New == nil) == (r.Once == nil) || r.Triggers == 0 {
			t.Errorf("%s: %+v, %v", d.Name, r, err)
		}
		for _, a := range d.Absorbs {
			if a.Why == "" {
				t.Errorf("%s absorbs %s and does not say why", d.Name, Name(a.What))
			}
		}
	}
}
