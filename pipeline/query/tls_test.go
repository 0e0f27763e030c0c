package query

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A certificate signed by an authority of the operator's own is believed when its CA is
// given, and only then.
func TestPrivateAuthority(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	try := func(ca string) error {
		r, err := Open(Config{DSN: server.URL, CA: ca, Database: "d"})
		if err != nil {
			return err
		}
		defer r.Close()
		return r.conn.Ping(t.Context())
	}
	if err := try(""); err == nil || !strings.Contains(err.Error(), "certificate") || asked.Load() > 0 {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
	if err := try(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))); err == nil || strings.Contains(err.Error(), "certificate") || asked.Load() == 0 {
		t.Errorf("its authority is given: %v after %d requests", err, asked.Load())
	}
	if err := try("no certificate"); err == nil {
		t.Error("a CA that is none was taken")
	}
}
