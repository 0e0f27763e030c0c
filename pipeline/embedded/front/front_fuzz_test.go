package front

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// FuzzFront holds what must be true of any request: it gets an answer that says what it is, no reader of a body or
// parameter fails in another way, and nothing reaches the engine that the limits do not let through.
func FuzzFront(f *testing.F) {
	packed := &bytes.Buffer{}
	z := gzip.NewWriter(packed)
	_, _ = z.Write([]byte("SELECT 1"))
	_ = z.Close()
	f.Add("POST", "/", "query=INSERT+INTO+t+FORMAT+Native&client_protocol_version=54460&param_x=1", "", "", []byte("\x00\x01"))
	f.Add("POST", "/", "decompress=1&database=d&max_threads=2", "", "", bytes.Repeat([]byte{0x82}, 64))
	f.Add("POST", "/", "compress=1&network_compression_method=zstd", "gzip", "http://localhost:3000", packed.Bytes())
	f.Add("GET", "/?", "query=SELECT+1&wait_end_of_query=1", "br", "https://elsewhere.example", []byte{})
	f.Add("PUT", "/ping", "%zz", "zstd", "", []byte("SELECT 1"))
	f.Fuzz(func(t *testing.T, method, path, query, encoding, origin string, body []byte) {
		limits := defaultLimits()
		limits.headBytes, limits.queryBytes, limits.bodyBytes, limits.readOutBytes, limits.readWait = 1<<10, 4<<10, 16<<10, 1<<10, time.Minute
		asked := 0
		front := newHandler(Options{Loopback: true, Connect: func(...string) (Session, func(), error) {
			asked++
			return nil, nil, newEngineError(codeUnsupported, "NOT_IMPLEMENTED", "there is no engine here")
		}}, limits)
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: query}, Host: "localhost", Body: http.NoBody, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Encoding": {encoding}, "Origin": {origin}},
		}
		r.Body, r.ContentLength = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)).Body, int64(len(body))
		w := &recorder{ResponseRecorder: httptest.NewRecorder()}
		front.ServeHTTP(w, r.WithContext(t.Context()))
		switch said := w.Header().Get("X-ClickHouse-Exception-Code"); {
		case w.Code == http.StatusOK && w.Body.String() != "Ok.\n" && r.Method != http.MethodHead:
			t.Fatalf("an answer without an engine: %q", w.Body)
		case w.Code != http.StatusOK && path == "/" && said == "" && w.Code != http.StatusForbidden && w.Code != http.StatusMethodNotAllowed:
			t.Fatalf("status %d without a code: %q", w.Code, w.Body)
		case asked > 0 && len(query)+len(body) == 0:
			t.Fatal("an empty statement reached the engine")
		case len(front.slots) != 0:
			t.Fatal("a statement has not given its place back")
		}
	})
}

// recorder takes deadlines, as a connection does.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetReadDeadline(time.Time) error  { return nil }
func (recorder) SetWriteDeadline(time.Time) error { return nil }
