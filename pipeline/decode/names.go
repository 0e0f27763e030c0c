package decode

import "friction/pipeline/fields"

// Names are how pages and operations are named, for whoever holds patterns against
// names. It is not safe for concurrent use.
type Names struct{ page, op *fields.Namer }

// NewNames returns the names of a configuration.
func NewNames(c *Config) *Names { return &Names{fields.NewNamer(c.Pages), fields.NewNamer(c.Ops)} }

// Page is the name of a page that is sent as raw.
func (n *Names) Page(raw string) string { return string(n.page.AppendPage(nil, []byte(raw))) }

// Op is the name of an operation that is sent as raw.
func (n *Names) Op(raw string) string { return string(n.op.AppendOp(nil, []byte(raw))) }
