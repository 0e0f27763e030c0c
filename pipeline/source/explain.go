package source

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/segmentio/kafka-go"
)

// explained adds to a failure what usually is behind it, and the way out, where
// its own words say neither: client and listener that do not speak the same
// protocol, or a login that is not accepted.
func (k *Cluster) explained(err error) error {
	if hint := k.hint(err); hint != "" {
		return fmt.Errorf("%w (%s)", err, hint)
	}
	return err
}

// hint is empty where an error speaks for itself.
func (k *Cluster) hint(err error) string {
	if err == nil {
		return ""
	}
	c := &k.config
	code, _ := errors.AsType[kafka.Error](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	text := err.Error()
	isCode := func(want kafka.Error) bool { return code == want || strings.Contains(text, want.Title()) }
	switch {
	case strings.Contains(text, "(if this lasts, ") || strings.Contains(text, "(the listener at "):
		return "" // it is explained already
	case isCode(kafka.IllegalSASLState):
		return "the listener at this port asks for no login: leave kafka.sasl out, or use the port of a SASL listener"
	case isCode(kafka.UnsupportedSASLMechanism):
		return "the listener at this port takes other logins than " + c.SASL.Mechanism + ": set kafka.sasl.mechanism to one that the broker has enabled"
	case isCode(kafka.SASLAuthenticationFailed):
		return "the listener at this port does not accept kafka.sasl.username with its password; if they are right, is kafka.sasl.mechanism?"
	case noTLS && c.TLS.Enabled:
		return "the listener at this port speaks no TLS: set kafka.tls.enabled to false, or use the port of its TLS listener"
	case strings.Contains(text, "expecting TLS"):
		return "the listener at this port wants TLS: set kafka.tls.enabled to true, or use the port of a plain listener"
	case !hungUp(err):
		return ""
	case c.TLS.Enabled:
		return "if this lasts, the listener at this port speaks no TLS (kafka.tls.enabled is true)" + c.login()
	}
	return "if this lasts, the listener at this port wants TLS (kafka.tls.enabled is false)" + c.login()
}

// hungUp reports that the broker has closed the connection without a word, as it does when it is spoken to in another protocol.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// login says what else may be wrong where no login is configured.
func (c *Config) login() string {
	if c.SASL.Mechanism == "" {
		return " or wants a login (kafka.sasl is empty)"
	}
	return ""
}
