//go:build !unix

package worker

import (
	"testing"

	"friction/pipeline/pipetest/shoptest"
)

func onEveryKafka(t *testing.T, test func(t *testing.T, kafka shoptest.StartKafka)) {
	t.Run("fake", func(t *testing.T) { test(t, shoptest.FakeKafka) })
}
