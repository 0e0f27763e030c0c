package source

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/twmb/franz-go/pkg/kfake"
)

func TestDefaultsAreValid(t *testing.T) {
	c := DefaultConfig()
	c.Topics = []string{"clicks"}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if c.CheckpointTopic() != "friction.checkpoints" {
		t.Fatal(c.CheckpointTopic())
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		c := DefaultConfig()
		c.Topics = []string{"clicks"}
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
	}
	f("kafka.brokers:", func(c *Config) { c.Brokers = nil })
	f(`kafka.brokers[1]: "b"`, func(c *Config) { c.Brokers = []string{"a:1", "b"} })
	f("kafka.topics: 0", func(c *Config) { c.Topics = nil })
	f("kafka.topics[1]:", func(c *Config) { c.Topics = []string{"a", "a"} })
	f("kafka.topics: \"friction.checkpoints\"", func(c *Config) { c.Topics = []string{"friction.checkpoints"} })
	f("kafka.group:", func(c *Config) { c.Group = "" })
	f("kafka.start:", func(c *Config) { c.Start = "now" })
	f("kafka.tls.enabled:", func(c *Config) { c.TLS.CA = "x" })
	f("kafka.tls.ca:", func(c *Config) { c.TLS = TLS{Enabled: true, CA: "x"} })
	f("kafka.tls.cert and kafka.tls.key:", func(c *Config) { c.TLS = TLS{Enabled: true, Cert: "x"} })
	f("kafka.sasl.mechanism: missing", func(c *Config) { c.SASL.Username = "u" })
	f(`kafka.sasl.mechanism: "gssapi"`, func(c *Config) { c.SASL.Mechanism = "gssapi" })
	f("kafka.sasl: username", func(c *Config) { c.SASL.Mechanism = Plain })
	f("kafka.fetch.max_bytes:", func(c *Config) { c.Fetch.MaxBytes = 1 })
	f("kafka.fetch.min_bytes:", func(c *Config) { c.Fetch.MinBytes = 0 })
	f("kafka.fetch.max_batch_bytes:", func(c *Config) { c.Fetch.MaxBatchBytes = 1 })
	f("kafka.fetch.max_wait:", func(c *Config) { c.Fetch.MaxWait = 0 })
	f("kafka.membership.session_timeout:", func(c *Config) { c.Membership.SessionTimeout = 0 })
	f("kafka.membership.heartbeat_every:", func(c *Config) { c.Membership.HeartbeatEvery = time.Minute })
	f("kafka.membership.rebalance_timeout:", func(c *Config) { c.Membership.RebalanceTimeout = 0 })
	f("kafka.membership.rejoin_after:", func(c *Config) { c.Membership.RejoinAfter = 0 })
	f("kafka.checkpoints.compression:", func(c *Config) { c.Checkpoints.Compression = "rar" })
	f("kafka.checkpoints.replication:", func(c *Config) { c.Checkpoints.Replication = 0 })
	f("kafka.checkpoints.retention:", func(c *Config) { c.Checkpoints.Retention = 0 })
	f("kafka.checkpoints.append_timeout:", func(c *Config) { c.Checkpoints.AppendTimeout = time.Second })
	f("kafka.request_timeout:", func(c *Config) { c.RequestTimeout = 0 })
	f("kafka.metadata_every:", func(c *Config) { c.MetadataEvery = 0 })
}

// The example of RFC 7677, and what a broker must not get away with.
func TestScramKnowsTheExample(t *testing.T) {
	const first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	start := func() sasl.StateMachine {
		t.Helper()
		m, ok := SASL{Mechanism: ScramSHA256, Username: "user", Password: "pencil"}.mechanism().(*scramMechanism)
		if !ok || m.Name() != "SCRAM-SHA-256" {
			t.Fatal("not SCRAM")
		}
		m.client.WithNonceGenerator(func() string { return "rOprNGfwEbeRWgbNEkqO" })
		session, hello, err := m.Start(t.Context())
		if err != nil || string(hello) != "n,,n=user,r=rOprNGfwEbeRWgbNEkqO" {
			t.Fatalf("%s, %v", hello, err)
		}
		return session
	}
	answered := func() sasl.StateMachine {
		t.Helper()
		x := start()
		const want = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
		if done, response, err := x.Next(t.Context(), []byte(first)); done || err != nil || string(response) != want {
			t.Fatalf("%v %s %v", done, response, err)
		}
		return x
	}
	if done, _, err := answered().Next(t.Context(), []byte("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")); !done || err != nil {
		t.Fatalf("%v %v", done, err)
	}
	for bad, want := range map[string]string{
		"e=invalid-proof": "broker says invalid-proof", "v=AAAA": "signature did not verify", "v=!": "signature did not verify", "": "signature did not verify",
	} {
		if done, _, err := answered().Next(t.Context(), []byte(bad)); done || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", bad, done, err)
		}
	}
	for bad, want := range map[string]string{
		"r=other,s=AA==,i=4096":                          "nonce",
		"r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096":             "field 's'",
		"r=rOprNGfwEbeRWgbNEkqOx,s=AA==,i=1":             "too few iterations",
		"r=rOprNGfwEbeRWgbNEkqOx,s=AA==,i=1048577":       "at most 1048576",
		"r=rOprNGfwEbeRWgbNEkqOx,s=AA==,i=9999999999999": "at most 1048576",
		"e=unknown-user":                                 "broker says unknown-user",
		"":                                               "authenticate as user",
	} {
		if _, _, err := start().Next(t.Context(), []byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAuthentication(t *testing.T) {
	for mechanism, name := range map[string]string{Plain: "PLAIN", ScramSHA256: "SCRAM-SHA-256", ScramSHA512: "SCRAM-SHA-512"} {
		c := broker(t, 1, []string{"clicks"}, kfake.EnableSASL(), kfake.Superuser(name, "us=er,", "pass"))
		conf := settings(c, "clicks")
		conf.SASL = SASL{Mechanism: mechanism, Username: "us=er,", Password: "pass"}
		if n, err := connectTo(t, conf).Verify(t.Context()); n != 1 || err != nil {
			t.Errorf("%s: %d, %v", mechanism, n, err)
		}
		conf.SASL.Password = "wrong"
		conf.RequestTimeout = time.Second
		k := connectTo(t, conf)
		told := make(chan error, 1)
		k.OnRetry(func(_ string, err error) {
			select {
			case told <- err:
			default:
			}
		})
		done := make(chan error, 1)
		go func() { _, err := k.Verify(t.Context()); done <- err }()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("%s: a wrong password was accepted", mechanism)
			}
		case <-told: // this broker cuts the connection and says nothing
		}
	}
}

// certificate returns one for 127.0.0.1, signed by itself.
func certificate(t *testing.T) (pair tls.Certificate, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestEncryption(t *testing.T) {
	pair, ca := certificate(t)
	c := broker(t, 1, []string{"clicks"}, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}))
	conf := settings(c, "clicks")
	conf.TLS = TLS{Enabled: true, CA: ca}
	k := connectTo(t, conf)
	done := errors.New("served")
	if err := k.Group().Run(t.Context(), func(context.Context, Generation) error { return done }); !errors.Is(err, done) {
		t.Fatal(err)
	}
	conf.TLS.CA = ""
	if _, err := connectTo(t, conf).Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Fatalf("a certificate nobody vouches for: %v", err)
	}
}
