package rules

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
)

// Rules is the part of the configuration that decides what rows are made of which records. A task keeps it in its
// checkpoint log, so that recovery works as before the crash, whatever the configuration says by now. Secrets are not
// part of it.
type Rules struct {
	Engine engine.Config
	Decode decode.Config
	KeySum string `json:",omitempty"` // tells keys of pseudonyms apart that have one name

	Revision string `json:"-"` // names what differs from the defaults, so that keys of later versions leave it as it is
	encoded  []byte
}

// New freezes a valid configuration.
func New(e engine.Config, d decode.Config) (*Rules, error) {
	r := &Rules{Engine: e, Decode: d, KeySum: keySum(d.Pseudonymise.Key)}
	return r, r.encode()
}

// Read reads rules as another worker wrote them. Keys that its version did not have get their defaults. The secret is
// not part of it.
func Read(b []byte) (*Rules, error) {
	r := &Rules{Engine: engine.DefaultConfig(), Decode: decode.DefaultConfig()}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("read rules of the log: %w", err)
	}
	return r, r.encode()
}

// Same reports that two rules make the same rows of the same records.
func (r *Rules) Same(other *Rules) bool { return string(r.encoded) == string(other.encoded) }

// FromLog reads the rules that a checkpoint log holds, and adds the secret that it does not hold. It returns current
// itself when the log holds the same.
func FromLog(b []byte, current *Rules) (*Rules, error) {
	r, err := Read(b)
	if err != nil {
		return nil, err
	}
	if r.Same(current) {
		return current, nil
	}
	if r.Decode.Pseudonymise.KeyID != "" && r.Decode.Pseudonymise.KeyID != current.Decode.Pseudonymise.KeyID {
		return nil, fmt.Errorf("the log was written with pseudonyms of key %q, the configuration has %q: give the old key, or start a new run with --run NAME",
			r.Decode.Pseudonymise.KeyID, current.Decode.Pseudonymise.KeyID)
	}
	if r.KeySum != current.KeySum && r.Decode.Pseudonymise.KeyID != "" {
		return nil, fmt.Errorf("the log was written with pseudonyms of another key that was called %q, too: give that key, or start a new run with --run NAME", r.Decode.Pseudonymise.KeyID)
	}
	r.Decode.Pseudonymise.Key = current.Decode.Pseudonymise.Key
	return r, nil
}

// keySum is the same for the same key, and says nothing of it; empty without a key.
func keySum(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("friction: which key is it"))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// encode writes the rules down and names them.
func (r *Rules) encode() (err error) {
	if r.encoded, err = json.Marshal(r); err != nil {
		return fmt.Errorf("encode rules: %w", err)
	}
	defaults, err := json.Marshal(&Rules{Engine: engine.DefaultConfig(), Decode: decode.DefaultConfig()})
	if err != nil {
		return fmt.Errorf("encode default rules: %w", err)
	}
	r.Revision, err = revision(r.encoded, defaults)
	return err
}

// Encoded is what a checkpoint log keeps.
func (r *Rules) Encoded() []byte { return r.encoded }

// Build makes an engine and a decoder that work by these rules on the given topics.
func (r *Rules) Build(topics []string) (*engine.Engine, *decode.Decoder, error) {
	e, err := engine.New(r.Engine, topics)
	if err != nil {
		return nil, nil, err
	}
	c := r.Decode
	c.ByClient = r.Engine.KeyedByClient()
	d, err := decode.New(c)
	if err != nil {
		return nil, nil, err
	}
	return e, d, nil
}

// CanFollow is an error if a task cannot go on under these rules with the state that it has under others.
func (r *Rules) CanFollow(before *Rules) error {
	if a, b := before.Decode.Pseudonymise.KeyID, r.Decode.Pseudonymise.KeyID; a != b {
		return fmt.Errorf("input.pseudonymise.key_id cannot change within a run (%q, then %q)", a, b)
	}
	if before.KeySum != r.KeySum {
		return fmt.Errorf("the key of input.pseudonymise cannot change within a run: another one is called %q, too", r.Decode.Pseudonymise.KeyID)
	}
	old, err := engine.New(before.Engine, []string{"any"})
	if err != nil {
		return err
	}
	e, err := engine.New(r.Engine, []string{"any"})
	if err != nil {
		return err
	}
	return e.Adopt(old, old.AppendState(nil))
}

// Settle is how long after its end a window can still change, ms: until every session in it has closed for good.
func (r *Rules) Settle() event.Millis {
	s := r.Engine.Sessions.Rules()
	return s.Gap + s.Grace
}
