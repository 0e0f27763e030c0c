package sink

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// A server whose certificate is signed by an authority of the operator's own is
// believed when clickhouse.tls.ca names it, and only then.
func TestPrivateAuthority(t *testing.T) {
	cfg := testConfig(t)
	target, err := url.Parse(cfg.DSN)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	t.Cleanup(func() { http.DefaultTransport.(*http.Transport).CloseIdleConnections(); server.Close() })
	cfg.DSN = "https://" + target.User.String() + "@" + server.Listener.Addr().String()
	if err := open(t, cfg).Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
	cfg.TLS.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, cfg).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
