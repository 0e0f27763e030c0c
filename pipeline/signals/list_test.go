package signals

import (
	"testing"

	"friction/pipeline/detect"
)

func TestKindsAreReadAsWritten(t *testing.T) {
	for k := range NumKinds {
		if got, ok := KindOf(Name(k)); !ok || got != k {
			t.Errorf("%s is read as %d, %v", Name(k), got, ok)
		}
	}
	if _, ok := KindOf(""); ok || Name(detect.NoKind) != "" || Name(NumKinds) != "unknown" {
		t.Error("names beyond the last")
	}
}
