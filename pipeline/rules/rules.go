package rules

import (
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

	Revision string `json:"-"` // names the content
	encoded  []byte
}

// New freezes a valid configuration.
func New(e engine.Config, d decode.Config) (*Rules, error) {
	r := &Rules{Engine: e, Decode: d}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode rules: %w", err)
	}
	r.encode(b)
	return r, nil
}

// FromLog reads the rules that a checkpoint log holds, and adds the secret that it does not hold. It returns current
// itself when the log holds the same.
func FromLog(b []byte, current *Rules) (*Rules, error) {
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
	r.encode(b)
	return r, nil
}

func (r *Rules) encode(b []byte) { r.encoded, r.Revision = b, event.DigestOf(b).String()[:8] }

// Encoded is what a checkpoint log keeps.
func (r *Rules) Encoded() []byte { return r.encoded }

// Build makes an engine and a decoder that work by these rules on the given topics.
func (r *Rules) Build(topics []string) (*engine.Engine, *decode.Decoder, error) {
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

// Settle is how long after its end a window can still change, ms: until every session in it has closed for good.
func (r *Rules) Settle() event.Millis {
	s := r.Engine.Sessions.Rules()
	return s.Gap + s.Grace
}
