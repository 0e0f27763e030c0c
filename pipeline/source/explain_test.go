package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"friction/pipeline/waiting"
)

// listening answers every connection with serve until the test ends.
func listening(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
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
			serve(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// Who speaks another protocol than the listener learns which, and what to set.
func TestProtocolsThatDoNotMatch(t *testing.T) {
	// a plain listener reads what it takes for the size of a request, and hangs up
	plain := func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 4)) }
	pair, _ := certificate(t)
	encrypted := tls.Config{Certificates: []tls.Certificate{pair}}
	withTLS := func(c net.Conn) { _ = tls.Server(c, &encrypted).Handshake() }
	for _, c := range []struct {
		name   string
		serve  func(net.Conn)
		change func(*Config)
		want   string
	}{
		{"TLS to a plain listener", plain, func(c *Config) { c.TLS = TLS{Enabled: true, InsecureSkipVerify: true} }, "speaks no TLS (kafka.tls.enabled is true) or wants a login"},
		{"plain to a TLS listener", withTLS, func(*Config) {}, "TLS"},
		{"another program", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, func(c *Config) { c.TLS = TLS{Enabled: true} }, "speaks no TLS: set kafka.tls.enabled to false"},
	} {
		conf := DefaultConfig()
		conf.Brokers, conf.Topics, conf.RequestTimeout = []string{listening(t, c.serve)}, []string{"clicks"}, time.Second
		c.change(&conf)
		k := connectTo(t, conf)
		ctx := waiting.Patience{Limit: 300 * time.Millisecond, Say: func(waiting.Notice) {}}.In(t.Context())
		_, err := k.Verify(ctx)
		if err == nil || !strings.Contains(err.Error(), "no answer from Kafka at "+conf.Brokers[0]) || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "listener at") != 1 {
			t.Errorf("%s: %v", c.name, err)
		}
		t.Log(err)
	}
}

func TestRefusedLoginsSayTheWayOut(t *testing.T) {
	k := &Cluster{config: DefaultConfig()}
	for err, want := range map[error]string{
		fmt.Errorf("look up topics: %w", kafka.IllegalSASLState):      "asks for no login: leave kafka.sasl out",
		kafka.UnsupportedSASLMechanism:                                "set kafka.sasl.mechanism",
		kafka.SASLAuthenticationFailed:                                "does not accept kafka.sasl.username",
		errors.New("dial: " + kafka.SASLAuthenticationFailed.Error()): "does not accept kafka.sasl.username",
		fmt.Errorf("x: %w", io.ErrUnexpectedEOF):                      "wants TLS (kafka.tls.enabled is false) or wants a login",
		context.DeadlineExceeded:                                      "context deadline exceeded",
		kafka.NotLeaderForPartition:                                   kafka.NotLeaderForPartition.Error(),
	} {
		got := k.explained(k.explained(err))
		if !strings.Contains(got.Error(), want) || strings.Count(got.Error(), "listener at") > 1 {
			t.Errorf("%v: %q, want %q once", err, got, want)
		}
	}
}
