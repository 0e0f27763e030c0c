package main

import (
	"io"
	"net"
	"strings"
	"testing"
)

// A server that takes connections and says nothing is named, and so is what it was asked.
func TestSilentServersAreGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
		}
	}()
	defer func() { _ = l.Close(); <-done }()
	addr := l.Addr().String()
	for args, want := range map[string]string{
		"scores --clickhouse http://" + addr:         "friction scores: no answer from ClickHouse at " + addr + " within 200ms (",
		"migrate status --clickhouse http://" + addr: "friction migrate status: no answer from ClickHouse at http://" + addr + " within 200ms (",
		"migrate up --clickhouse http://" + addr:     "friction migrate up: no answer from ClickHouse at http://" + addr + " within 200ms (",
		"forget u1 --clickhouse http://" + addr:      "friction forget: count rows of a person in late_events_log: no answer from ClickHouse at http://" + addr + " within 200ms (",
		"alert --once --clickhouse http://" + addr:   "friction alert: no answer from ClickHouse at ",
		"dlq list --brokers " + addr:                 "friction dlq list: no answer from Kafka at " + addr + " within 200ms (look up topics friction.dead_letters): it takes connections and says nothing",
	} {
		code, _, stderr := call(t, append(strings.Fields(args), "--wait", "200ms")...)
		if code != exitFailed || !strings.HasPrefix(stderr, want) {
			t.Errorf("%s: exit %d, %q, want %q", args, code, stderr, want)
		}
	}
}
