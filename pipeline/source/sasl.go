package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"strconv"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/xdg-go/scram"
)

// mechanism is nil when nothing authenticates.
func (s SASL) mechanism() sasl.Mechanism {
	switch s.Mechanism {
	case Plain:
		return plain.Mechanism{Username: s.Username, Password: s.Password}
	case ScramSHA256:
		return s.scram("SCRAM-SHA-256", sha256.New)
	case ScramSHA512:
		return s.scram("SCRAM-SHA-512", sha512.New)
	}
	return nil
}

// scram makes a client that takes the password as it is: Kafka's own clients and
// brokers do not normalise it (SASLprep), and a normalised one would be refused.
func (s SASL) scram(name string, hash scram.HashGeneratorFcn) sasl.Mechanism {
	client, _ := hash.NewClientUnprepped(s.Username, s.Password, "") // it never fails
	return &scramMechanism{name: name, username: s.Username, client: client}
}

// scramMechanism is the client of RFC 5802 without channel binding. The library's
// client keeps derived keys, so that only the first connection pays for them.
type scramMechanism struct {
	name     string
	username string
	client   *scram.Client
}

// Name is that of the mechanism.
func (m *scramMechanism) Name() string { return m.name }

// Start begins an authentication.
func (m *scramMechanism) Start(context.Context) (sasl.StateMachine, []byte, error) {
	s := &scramSession{username: m.username, conversation: m.client.NewConversation()}
	first, err := s.conversation.Step("")
	return s, []byte(first), err
}

// scramSession is one authentication.
type scramSession struct {
	username     string
	conversation *scram.ClientConversation
}

// maxIterations keeps a hostile broker from burning the processor.
const maxIterations = 1 << 20

// Next answers a message of the broker.
func (s *scramSession) Next(_ context.Context, challenge []byte) (done bool, response []byte, err error) {
	if reason, refused := bytes.CutPrefix(challenge, []byte("e=")); refused {
		return false, nil, fmt.Errorf("authenticate as %s: broker says %s", s.username, reason)
	}
	if _, count, found := bytes.Cut(challenge, []byte(",i=")); found {
		count, _, _ = bytes.Cut(count, []byte(","))
		if n, err := strconv.Atoi(string(count)); err != nil || n > maxIterations {
			return false, nil, fmt.Errorf("authenticate as %s: %q iterations, at most %d are made", s.username, count, maxIterations)
		}
	}
	text, err := s.conversation.Step(string(challenge))
	switch {
	case err != nil && s.conversation.Done():
		return false, nil, errors.New("authenticate: the server's signature did not verify; it may be another server, or it has another password")
	case err != nil:
		return false, nil, fmt.Errorf("authenticate as %s: %w", s.username, err)
	}
	return s.conversation.Valid(), []byte(text), nil
}
