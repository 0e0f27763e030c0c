package decode

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

const minSecretBytes = 16

func (p *Pseudonyms) check() error {
	if p.KeyID == "" {
		if len(p.Key) > 0 || p.KeyFile != "" {
			return errors.New(`pseudonymise.key_id: "": want a name for the key, such as k1`)
		}
		return nil
	}
	if len(p.KeyID) > 16 {
		return fmt.Errorf("pseudonymise.key_id: %q: want at most 16 characters", p.KeyID)
	}
	for _, c := range []byte(p.KeyID) {
		if !fields.IsLetter(c) && !fields.IsDigit(c) && c != '-' && c != '_' {
			return fmt.Errorf(`pseudonymise.key_id: %q: want letters, digits, "-" and "_"`, p.KeyID)
		}
	}
	if len(p.Key) < minSecretBytes {
		return fmt.Errorf("pseudonymise.key_file: the key %q has %d bytes: want %d or more", p.KeyID, len(p.Key), minSecretBytes)
	}
	return nil
}

// pseudonyms replaces ids of people. It knows the secret.
type pseudonyms struct {
	keyed  hash.Hash
	prefix string
	text   []byte
	sum    []byte
}

// newPseudonyms returns nil when pseudonyms are off.
func newPseudonyms(p Pseudonyms) *pseudonyms {
	if p.KeyID == "" {
		return nil
	}
	return &pseudonyms{keyed: hmac.New(sha256.New, p.Key), prefix: p.KeyID + ":"}
}

// of returns what stands for id; it is valid until the next call.
func (p *pseudonyms) of(id string) []byte {
	p.text = append(p.text[:0], id...)
	sum := p.digest(p.text)
	p.text = append(p.text[:0], p.prefix...)
	p.text = hex.AppendEncode(p.text, sum[:])
	return p.text
}

// digest is a keyed hash of b, cut to 128 bits. It is used instead of murmur3
// for payloads, which contain the ids: with a plain hash anybody could test a guess.
func (p *pseudonyms) digest(b []byte) (d event.Digest) {
	p.keyed.Reset()
	p.keyed.Write(b)
	p.sum = p.keyed.Sum(p.sum[:0])
	copy(d[:], p.sum)
	return d
}

// Of is what stands for an id in the tables: the id itself when pseudonyms are off.
func (p Pseudonyms) Of(id string) string {
	secret := newPseudonyms(p)
	if secret == nil {
		return id
	}
	return string(secret.of(id))
}
