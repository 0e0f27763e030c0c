package source

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
)

// mechanism is nil when nothing authenticates.
func (s SASL) mechanism() sasl.Mechanism {
	switch s.Mechanism {
	case Plain:
		return plain.Mechanism{Username: s.Username, Password: s.Password}
	case ScramSHA256:
		return scram{SASL: s, name: "SCRAM-SHA-256", hash: sha256.New}
	case ScramSHA512:
		return scram{SASL: s, name: "SCRAM-SHA-512", hash: sha512.New}
	}
	return nil
}

// scram is the client of RFC 5802, without channel binding and, like Kafka's own
// clients, without normalising the password.
type scram struct {
	SASL
	name string
	hash func() hash.Hash
}

func (s scram) Name() string { return s.name }

func (s scram) Start(context.Context) (sasl.StateMachine, []byte, error) {
	x := &scramExchange{scram: s, nonce: rand.Text()}
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.Username)
	x.first = "n=" + name + ",r=" + x.nonce
	return x, []byte("n,," + x.first), nil
}

// scramExchange is one authentication.
type scramExchange struct {
	scram
	nonce  string
	first  string // client-first-message-bare
	server []byte // signature the server must show
}

// maxIterations keeps a hostile broker from burning the processor.
const maxIterations = 1 << 20

func (x *scramExchange) Next(_ context.Context, challenge []byte) (done bool, response []byte, err error) {
	fields := map[byte]string{}
	for f := range strings.SplitSeq(string(challenge), ",") {
		if len(f) > 1 && f[1] == '=' {
			fields[f[0]] = f[2:]
		}
	}
	if e := fields['e']; e != "" {
		return false, nil, fmt.Errorf("authenticate as %s: broker says %s", x.Username, e)
	}
	if x.server != nil {
		signature, err := base64.StdEncoding.DecodeString(fields['v'])
		if err != nil || !hmac.Equal(signature, x.server) {
			return false, nil, errors.New("authenticate: the broker does not know the password either")
		}
		return true, nil, nil
	}
	salt, err := base64.StdEncoding.DecodeString(fields['s'])
	if err != nil {
		return false, nil, fmt.Errorf("authenticate: salt: %w", err)
	}
	rounds, err := strconv.Atoi(fields['i'])
	if err != nil || rounds < 1 || rounds > maxIterations {
		return false, nil, fmt.Errorf("authenticate: %q iterations", fields['i'])
	}
	if nonce := fields['r']; len(nonce) <= len(x.nonce) || !strings.HasPrefix(nonce, x.nonce) {
		return false, nil, errors.New("authenticate: the broker's nonce does not continue ours")
	}
	response, err = x.proof(string(challenge), fields['r'], salt, rounds)
	return false, response, err
}

func (x *scramExchange) proof(challenge, nonce string, salt []byte, rounds int) ([]byte, error) {
	salted, err := pbkdf2.Key(x.hash, x.Password, salt, rounds, x.hash().Size())
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	final := "c=biws,r=" + nonce
	message := x.first + "," + challenge + "," + final
	client := x.mac(salted, "Client Key")
	stored := x.hash()
	stored.Write(client)
	for i, b := range x.mac(stored.Sum(nil), message) {
		client[i] ^= b
	}
	x.server = x.mac(x.mac(salted, "Server Key"), message)
	return []byte(final + ",p=" + base64.StdEncoding.EncodeToString(client)), nil
}

func (x *scramExchange) mac(key []byte, text string) []byte {
	m := hmac.New(x.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
