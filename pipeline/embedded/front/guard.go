package front

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// guard decides who may ask. It looks at where a request comes from first, and then asks for the secret.
type guard struct {
	secret   [sha256.Size]byte // sum of the token or password
	loopback bool              // served on loopback only
}

func newGuard(secret string, loopback bool) guard {
	return guard{sha256.Sum256([]byte(secret)), loopback}
}

// refusal is the answer to who may not ask.
type refusal struct {
	code int    // ClickHouse's number of the error
	name string // ClickHouse's name of it
	why  string
}

// check says why a request is refused, or nil.
//
// The status is always 403, and there is no WWW-Authenticate header. With one, a browser would keep the password of an address that somebody
// opened, and send it along with requests that other pages make.
func (g guard) check(r *http.Request) *refusal {
	if g.loopback && !IsLoopback(hostname(r.Host)) {
		return &refusal{codeAccessDenied, "ACCESS_DENIED", "this server answers to names of its own machine only"}
	}
	// Browsers say for what page they send a request. "none" is an address that a person typed or opened. Another port of
	// the same machine is "same-site", and another page all the same.
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return &refusal{codeAccessDenied, "ACCESS_DENIED", "this server does not answer pages of other sites"}
	}
	if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
		return &refusal{codeAccessDenied, "ACCESS_DENIED", "this server does not answer pages of other sites"}
	}
	for _, given := range secretsOf(r) {
		sum := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(sum[:], g.secret[:]) == 1 {
			return nil
		}
	}
	return &refusal{codeAuthentication, "AUTHENTICATION_FAILED", "give the token of this server as the password of user \"default\": it is in the file \"token\" of the data directory, " +
		"and part of the address that the server prints. In a browser: /?password=TOKEN&query=SELECT+1"}
}

// write sends the refusal as ClickHouse does, so that clients understand it.
func (no *refusal) write(w http.ResponseWriter) {
	w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(no.code))
	http.Error(w, newEngineError(no.code, no.name, "%s", no.why).Error(), http.StatusForbidden)
}

// secretsOf are the passwords that a request has, in the ways ClickHouse takes them.
func secretsOf(r *http.Request) []string {
	var all []string
	if key := r.Header.Get("X-ClickHouse-Key"); key != "" {
		all = append(all, key)
	}
	if _, password, ok := r.BasicAuth(); ok {
		all = append(all, password)
	}
	if password := r.URL.Query().Get("password"); password != "" {
		all = append(all, password)
	}
	return all
}

// sameOrigin says whether a page comes from this server. "null" is the origin of files and sandboxed pages.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && u.Host != "" && strings.EqualFold(u.Host, host)
}

func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}

// IsLoopback says whether a host is this machine, by name or address.
func IsLoopback(host string) bool {
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// protect sets headers that keep an answer from being used as something else: a browser must not guess its type, show it
// inside another page, or hand it to one.
func protect(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
}
