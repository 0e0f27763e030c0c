package query_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/testcluster"
)

// server is the one ClickHouse of this package's tests.
var server testcluster.Server

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
