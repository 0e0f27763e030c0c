package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"friction/pipeline/score"
)

const secret = "a-very-private-value"

func secretRows() *score.Rows {
	return &score.Rows{Sessions: []score.SessionRow{{App: secret, User: secret, OpenedAt: ms(day), StartedAt: ms(day), EndedAt: ms(day)}}}
}

// mustTell checks that an error says these things and keeps the row to itself.
func mustTell(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("%q tells what the row held", err)
	}
}

func TestLastingFailuresSayWhatToDo(t *testing.T) {
	t.Run("no database", func(t *testing.T) {
		s := open(t, testConfig(t))
		mustTell(t, s.Insert(t.Context(), []Batch{{stampOf(0, 1), secretRows()}}), "sessions_log", "friction migrate up")
	})
	t.Run("no column", func(t *testing.T) {
		s := registered(t)
		ask(t, s, "ALTER TABLE db.sessions_log DROP COLUMN exit_page")
		mustTell(t, s.Insert(t.Context(), []Batch{{stampOf(0, 1), secretRows()}}), "sessions_log", "exit_page", "friction migrate up")
	})
	t.Run("other type", func(t *testing.T) {
		s := registered(t)
		ask(t, s, "ALTER TABLE db.sessions_log DROP INDEX by_user")
		ask(t, s, "ALTER TABLE db.sessions_log MODIFY COLUMN user UInt64")
		mustTell(t, s.Insert(t.Context(), []Batch{{stampOf(0, 1), secretRows()}}), "sessions_log", "friction migrate up")
	})
}

// broken stands before a real server and fails the first requests that insert.
type broken struct {
	*httptest.Server
	tries atomic.Int32
}

func breakFirst(t *testing.T, cfg Config, failures int32, fail http.HandlerFunc) (*broken, Config) {
	t.Helper()
	target, err := url.Parse(cfg.DSN)
	if err != nil {
		t.Fatal(err)
	}
	b := &broken{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Query().Get("query"), "INSERT INTO") && b.tries.Add(1) <= failures {
			fail(w, r)
			return
		}
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host, out.RequestURI = "http", target.Host, ""
		response, err := http.DefaultClient.Do(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		maps.Copy(w.Header(), response.Header)
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	}))
	t.Cleanup(b.Close)
	cfg.DSN = "http://" + target.User.String() + "@" + b.Listener.Addr().String()
	return b, cfg
}

func exception(code int, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-ClickHouse-Exception-Code", fmt.Sprint(code))
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "Code: %d. DB::Exception: cannot take %s. (%s)", code, secret, name)
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestPassingFailuresAreTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		fail   http.HandlerFunc
		reason string
	}{
		"too many parts":  {exception(252, "TOO_MANY_PARTS"), "TOO_MANY_PARTS"},
		"memory":          {exception(241, "MEMORY_LIMIT_EXCEEDED"), "MEMORY_LIMIT_EXCEEDED"},
		"unknown code":    {exception(9999, "SOMETHING_NEW"), "SOMETHING_NEW"},
		"connection lost": {hangUp, "connection"},
		"bad gateway":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "connection"},
	} {
		t.Run(name, func(t *testing.T) {
			front, cfg := breakFirst(t, registered(t).cfg, 2, c.fail)
			var reasons []string
			s, err := Open(cfg, nil, Observer{Retried: func(table, reason string) { reasons = append(reasons, table+" "+reason) }})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.Insert(t.Context(), []Batch{{stampOf(0, 1), secretRows()}}); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprint([]string{"sessions_log " + c.reason, "sessions_log " + c.reason})
			if front.tries.Load() != 3 || fmt.Sprint(reasons) != want {
				t.Errorf("%d tries, reasons %v, want %s", front.tries.Load(), reasons, want)
			}
			if n := count(t, s, "db.sessions"); n != 1 {
				t.Errorf("%d sessions, want 1", n)
			}
		})
	}
}

func TestUnclearFailuresAreReportedInTheEnd(t *testing.T) {
	front, cfg := breakFirst(t, registered(t).cfg, 1000, exception(9999, "SOMETHING_NEW"))
	s := open(t, cfg)
	mustTell(t, s.Insert(t.Context(), []Batch{{stampOf(0, 1), secretRows()}}), "SOMETHING_NEW", "9999")
	if n := front.tries.Load(); n != unclearTries {
		t.Errorf("%d tries, want %d", n, unclearTries)
	}
}

func TestInsertEndsWithItsContextAndRetryFor(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cfg := DefaultConfig()
	cfg.DSN, cfg.AttemptTimeout = "http://user:"+secret+"@"+listener.Addr().String(), time.Second
	s := open(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err = s.Insert(ctx, []Batch{{stampOf(0, 1), secretRows()}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the end of the context: %v", err)
	}
	mustTell(t, err)

	cfg.RetryFor = 100 * time.Millisecond
	err = open(t, cfg).Insert(t.Context(), []Batch{{stampOf(0, 1), secretRows()}})
	var e *Error
	if !errors.As(err, &e) || e.Fault != Passing {
		t.Errorf("after retry_for: %v", err)
	}
	mustTell(t, err, "sessions_log")
	mustTell(t, open(t, cfg).Ping(t.Context()), "***")
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	for _, scheme := range []string{"http", "clickhouse"} {
		cfg := DefaultConfig()
		cfg.DSN = scheme + "://user:" + secret + "@" + addr
		mustTell(t, open(t, cfg).Ping(t.Context()), "connection refused", "clickhouse.dsn")
	}
}
