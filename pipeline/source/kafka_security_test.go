//go:build unix

package source

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"hash"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"friction/pipeline/pipetest/testcluster"
)

// A real Apache Kafka that asks for TLS and for each kind of password lets in whoever has
// them, and nobody else.
func TestApacheKafkaThatAsksForCredentials(t *testing.T) {
	const user, password = "friction", "pass"
	pair, ca := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	oneLine := func(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\\n") }
	const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	b := testcluster.StartBrokers(t, testcluster.BrokerOptions{
		Topics: map[string]int{"clicks": 1},
		Settings: map[string]string{
			"listener.security.protocol.map":                       "DIRECT:PLAINTEXT,PROXIED:SASL_SSL,CONTROLLER:PLAINTEXT",
			"ssl.keystore.type":                                    "PEM",
			"ssl.keystore.key":                                     oneLine(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))),
			"ssl.keystore.certificate.chain":                       oneLine(ca),
			"listener.name.proxied.sasl.enabled.mechanisms":        "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
			"listener.name.proxied.scram-sha-256.sasl.jaas.config": scram,
			"listener.name.proxied.scram-sha-512.sasl.jaas.config": scram,
			"listener.name.proxied.plain.sasl.jaas.config": fmt.Sprintf(
				"org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=%q;", user, password),
		},
	})
	mayEnter(t, b, user, password)
	with := func(change func(*Config)) error {
		conf := DefaultConfig()
		conf.Brokers, conf.Topics, conf.RequestTimeout = b.Addrs(), []string{"clicks"}, 10*time.Second
		conf.TLS = TLS{Enabled: true, CA: ca}
		conf.SASL = SASL{Mechanism: Plain, Username: user, Password: password}
		change(&conf)
		k := connectTo(t, conf)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Minute, context.DeadlineExceeded)
		defer cancel()
		k.OnRetry(func(_ string, err error) { // who is refused would be waited for
			if strings.Contains(strings.ToLower(err.Error()), "authentication") {
				cancel()
			}
		})
		_, err := k.Verify(ctx)
		return err
	}
	for _, mechanism := range []string{Plain, ScramSHA256, ScramSHA512} {
		err := with(func(c *Config) { c.SASL.Mechanism = mechanism })
		for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); { // a new password takes a moment to be known
			err = with(func(c *Config) { c.SASL.Mechanism = mechanism })
		}
		if err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		if err := with(func(c *Config) { c.SASL.Mechanism, c.SASL.Password = mechanism, "wrong" }); err == nil {
			t.Errorf("%s: a wrong password was accepted", mechanism)
		}
	}
	if err := with(func(c *Config) { c.TLS.CA = "" }); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
}

// mayEnter gives a user a password for both kinds of SCRAM.
func mayEnter(t *testing.T, b *testcluster.Brokers, user, password string) {
	t.Helper()
	const iterations = 4096
	salt := []byte("salt of a test")
	client := b.Client()
	for mechanism, h := range map[int8]func() hash.Hash{1: sha256.New, 2: sha512.New} {
		salted, err := pbkdf2.Key(h, password, salt, iterations, h().Size())
		if err != nil {
			t.Fatal(err)
		}
		u := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		u.Name, u.Mechanism, u.Iterations, u.Salt, u.SaltedPassword = user, mechanism, iterations, salt, salted
		request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest() // takes a user once
		request.Upsertions = append(request.Upsertions, u)
		response, err := request.RequestWith(t.Context(), client)
		if err != nil || response.Results[0].ErrorCode != 0 {
			t.Fatalf("give %s a password: %+v, %v", user, response, err)
		}
	}
}
