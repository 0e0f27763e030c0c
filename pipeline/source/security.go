package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// TLS is the section `kafka.tls`. Certificates and keys are PEM text.
type TLS struct {
	// Enabled encrypts connections.
	Enabled bool `yaml:"enabled"`
	// CA are the certificates that sign the brokers'; empty means those of the system.
	CA string `yaml:"ca"`
	// Cert is the client's own certificate, where brokers ask for one.
	Cert string `yaml:"cert"`
	// Key is the private key of Cert.
	Key string `yaml:"key" secret:"true"`
	// ServerName is the name brokers' certificates must carry; empty means the host that is connected to.
	ServerName string `yaml:"server_name"`
	// InsecureSkipVerify accepts any certificate; for tests only.
	InsecureSkipVerify bool `yaml:"insecure_skip_verify"`
}

// SASL is the section `kafka.sasl`.
type SASL struct {
	// Mechanism is plain, scram-sha-256 or scram-sha-512; empty means none.
	Mechanism string `yaml:"mechanism" jsonschema:"enum=,enum=plain,enum=scram-sha-256,enum=scram-sha-512"`
	// Username to authenticate as.
	Username string `yaml:"username"`
	// Password of Username.
	Password string `yaml:"password" secret:"true"`
}

// The mechanisms of SASL.
const (
	Plain       = "plain"
	ScramSHA256 = "scram-sha-256"
	ScramSHA512 = "scram-sha-512"
)

func (t TLS) validate() error {
	if !t.Enabled && (t.CA != "" || t.Cert != "" || t.Key != "") {
		return errors.New("kafka.tls.enabled: false, though certificates are given")
	}
	_, err := t.config()
	return err
}

// config is nil when connections are not encrypted.
func (t TLS) config() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	c := &tls.Config{ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify, MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(t.CA)) {
			return nil, errors.New("kafka.tls.ca: holds no PEM certificate")
		}
	}
	if t.Cert == "" && t.Key == "" {
		return c, nil
	}
	pair, err := tls.X509KeyPair([]byte(t.Cert), []byte(t.Key))
	if err != nil {
		return nil, fmt.Errorf("kafka.tls.cert and kafka.tls.key: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

func (s SASL) validate() error {
	switch s.Mechanism {
	case "":
		if s.Username != "" || s.Password != "" {
			return fmt.Errorf("kafka.sasl.mechanism: missing, want %s, %s or %s", Plain, ScramSHA256, ScramSHA512)
		}
	case Plain, ScramSHA256, ScramSHA512:
		if s.Username == "" || s.Password == "" {
			return errors.New("kafka.sasl: username or password is missing")
		}
	default:
		return fmt.Errorf("kafka.sasl.mechanism: %q is none of %s, %s, %s", s.Mechanism, Plain, ScramSHA256, ScramSHA512)
	}
	return nil
}
