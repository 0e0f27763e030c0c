package source

import (
	"context"
	"errors"
	"io"

	"github.com/segmentio/kafka-go/protocol"
)

// directMessage goes to any broker as it is: the transport neither answers it
// from its cache nor looks for a coordinator first.
type directMessage struct {
	protocol.Message
	client  string
	version int16
}

// Required takes the version that was negotiated and asks for RawExchange.
func (m *directMessage) Required(versions map[protocol.ApiKey]int16) bool {
	m.version = versions[m.ApiKey()]
	return true
}

// directAnswer keeps the transport from taking an answer for one to a question
// of its own.
type directAnswer struct{ protocol.Message }

// RawExchange sends the message and reads the answer.
func (m *directMessage) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	res, err := protocol.RoundTrip(rw, m.version, 1, m.client, m.Message)
	if err != nil {
		return nil, err
	}
	return directAnswer{res}, nil
}

// direct sends a message to any broker and returns the answer.
func (k *Cluster) direct(ctx context.Context, m protocol.Message) (protocol.Message, error) {
	return k.exchange(ctx, &directMessage{Message: m, client: k.config.ClientID})
}

// exchange sends a direct message of any kind and returns the answer.
func (k *Cluster) exchange(ctx context.Context, m protocol.Message) (protocol.Message, error) {
	res, err := k.transport.RoundTrip(ctx, k.addr, m)
	if err != nil {
		return nil, err
	}
	answer, ok := res.(directAnswer)
	if !ok {
		return nil, errForeignAnswer
	}
	return answer.Message, nil
}

var errForeignAnswer = errors.New("broker answered another question")
