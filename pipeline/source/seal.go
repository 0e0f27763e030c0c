package source

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"friction/pipeline/kafkawire"
)

// What dead letters hold of their records.
const (
	KeepContent    = "keep"    // as it came
	EncryptContent = "encrypt" // readable with the key of the pseudonyms only
	DropContent    = "drop"    // nothing
)

// Secret is the key of the pseudonyms, from which that of dead letters is made.
type Secret struct {
	ID  string // its name; empty when there is none
	Key []byte
}

// cipherOf encrypts with AES-256-GCM, under a key derived from the secret for this purpose alone.
func (s Secret) cipherOf() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, s.Key, nil, "friction dead letters", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of dead letters: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive the key of dead letters: %w", err)
	}
	return cipher.NewGCM(block)
}

// errNoSecret says that there is nothing to encrypt with.
var errNoSecret = errors.New("kafka.dead_letters.content: encrypt needs the key of input.pseudonymise")

// sealOverhead is the most that a sealed record takes beside its key, value and headers.
const sealOverhead = 64

// content is what dead letters hold of their records: as configured, else encrypted where there are pseudonyms.
func (d DeadLetters) content() string {
	switch {
	case d.Content != "":
		return d.Content
	case d.Secret.ID != "":
		return EncryptContent
	}
	return KeepContent
}

// hide makes of a record what is to be kept of it. Which record it repeats names nobody and stays.
func (d *DeadLetter) hide(c DeadLetters) error {
	origin := slices.DeleteFunc(slices.Clone(d.Headers), func(h Header) bool { return h.Name != OriginHeader })
	switch c.content() {
	case DropContent:
		if d.Cut == "" {
			d.Cut = Dropped
		}
		d.Key, d.Value, d.Headers = nil, nil, origin
	case EncryptContent:
		if err := d.seal(c.Secret); err != nil {
			return err
		}
		d.Headers = origin
	}
	return nil
}

// seal puts key, value and headers of the record into an encrypted value.
func (d *DeadLetter) seal(s Secret) error {
	if s.ID == "" || len(s.Key) == 0 {
		return errNoSecret
	}
	c, err := s.cipherOf()
	if err != nil {
		return err
	}
	plain := appendNullable(appendNullable(nil, d.Key), d.Value)
	plain = append(plain, kafkawire.AppendHeaders(nil, d.Headers)...)
	nonce := make([]byte, c.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	d.Key, d.Value, d.Headers, d.Sealed = nil, c.Seal(nonce, nonce, plain, d.name()), nil, s.ID
	return nil
}

// open makes of a sealed record what it was. One that was sealed with another key, or is damaged, stays as it is.
func (d *DeadLetter) open(s Secret) {
	if d.Sealed == "" || d.Sealed != s.ID || len(s.Key) == 0 {
		return
	}
	c, err := s.cipherOf()
	if err != nil || len(d.Value) < c.NonceSize() {
		return
	}
	nonce, packed := d.Value[:c.NonceSize()], d.Value[c.NonceSize():]
	plain, err := c.Open(nil, nonce, packed, d.name())
	if err != nil {
		return
	}
	key, plain, ok1 := cutNullable(plain)
	value, plain, ok2 := cutNullable(plain)
	headers, err := kafkawire.ReadHeaders(plain)
	if ok1 && ok2 && err == nil {
		d.Key, d.Value, d.Headers, d.Sealed = key, value, headers, ""
	}
}

// name is what the ciphertext belongs to: it cannot be moved to another dead letter.
func (d *DeadLetter) name() []byte {
	return fmt.Appendf(nil, "%s/%d/%d/%s", d.Topic, d.Partition, d.Offset, d.Row)
}

// appendNullable appends bytes with their length; null is told apart from empty.
func appendNullable(b, v []byte) []byte {
	if v == nil {
		return binary.AppendUvarint(b, 0)
	}
	return append(binary.AppendUvarint(b, uint64(len(v))+1), v...)
}

func cutNullable(b []byte) (v, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	b = b[max(used, 0):]
	switch {
	case used <= 0 || n > uint64(len(b))+1:
		return nil, nil, false
	case n == 0:
		return nil, b, true
	}
	return b[: n-1 : n-1], b[n-1:], true
}
