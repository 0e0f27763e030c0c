//go:build !unix

package app

import "testing"

func onEveryKafka(t *testing.T, test func(t *testing.T, kafka kafkaKind)) {
	t.Run("fake", func(t *testing.T) { test(t, fakeKafka) })
}
