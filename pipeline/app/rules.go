package app

import (
	"encoding/json"
	"fmt"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
)

// Rules is the part of the configuration that decides what rows are made of
// which records. It is kept in the log, so that recovery goes on as before
// whatever the configuration says by now. Secrets are not part of it.
type Rules struct {
	Engine engine.Config
	Decode decode.Config

	Revision string `json:"-"` // names the content
	encoded  []byte
}

// NewRules freezes a valid configuration.
func NewRules(e engine.Config, d decode.Config) (*Rules, error) {
	r := &Rules{Engine: e, Decode: d}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode rules: %w", err)
	}
	r.encoded, r.Revision = b, event.DigestOf(b).String()[:8]
	return r, nil
}

// recorded reads the rules of a base, with the secret that the log does not hold.
func recorded(b []byte, current *Rules) (*Rules, error) {
	if string(b) == string(current.encoded) {
		return current, nil
	}
	r := &Rules{Engine: engine.DefaultConfig(), Decode: decode.DefaultConfig()}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("read rules of the log: %w", err)
	}
	if r.Decode.Pseudonymise.KeyID != "" && r.Decode.Pseudonymise.KeyID != current.Decode.Pseudonymise.KeyID {
		return nil, fmt.Errorf("the log was written with pseudonyms of key %q, the configuration has %q: give the old key, or start a new run with --run NAME",
			r.Decode.Pseudonymise.KeyID, current.Decode.Pseudonymise.KeyID)
	}
	r.Decode.Pseudonymise.Key = current.Decode.Pseudonymise.Key
	r.encoded, r.Revision = b, event.DigestOf(b).String()[:8]
	return r, nil
}

func (r *Rules) machine(topics []string) (*engine.Engine, *decode.Decoder, error) {
	e, err := engine.New(r.Engine, topics)
	if err != nil {
		return nil, nil, err
	}
	d, err := decode.New(r.Decode)
	if err != nil {
		return nil, nil, err
	}
	return e, d, nil
}
