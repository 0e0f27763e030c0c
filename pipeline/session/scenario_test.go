package session_test

import (
	"testing"

	"friction/pipeline/pipetest"
)

func TestScenarios(t *testing.T) { pipetest.Scenarios(t) }
