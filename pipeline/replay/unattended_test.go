package replay

import (
	"testing"

	"friction/pipeline/engine"
)

func TestAWarningSaysWhatToSet(t *testing.T) {
	const want = `3 of 4 events of app "api" are in no session, because nobody did anything near them: only requests, mutations, mouse moves and visibility. ` +
		`If the app sends what servers see, set sessions.acts: all`
	if got := unattended(engine.Attendance{App: "api", Attended: 1, Unattended: 3}); got != want {
		t.Error(got)
	}
}
