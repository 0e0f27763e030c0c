package alert

type LeaseConfig struct{}
type LinksConfig struct{}
type ReceiversConfig struct{}

func DefaultLeaseConfig() LeaseConfig         { return LeaseConfig{} }
func DefaultLinksConfig() LinksConfig         { return LinksConfig{} }
func DefaultReceiversConfig() ReceiversConfig { return ReceiversConfig{} }
func (LeaseConfig) validate() error           { return nil }
func (LinksConfig) validate() error           { return nil }
func (ReceiversConfig) validate() error       { return nil }
