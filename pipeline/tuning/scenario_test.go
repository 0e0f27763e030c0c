package tuning_test

import (
	"testing"

	"friction/pipeline/pipetest/scenario"
)

func TestScenarios(t *testing.T) { scenario.RunAll(t) }
