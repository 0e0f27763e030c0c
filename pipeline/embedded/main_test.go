package embedded_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"friction/pipeline/embedded"
)

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	os.Exit(m.Run())
}

// startClickHouse starts a server on dir for one test. Without the engine the test is skipped, but not in CI.
func startClickHouse(t *testing.T, dir string) *embedded.ClickHouse {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	library, err := embedded.Library(ctx, embedded.LibraryOptions{Progress: func(s string) { t.Log(s) }})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), err)
		t.Skip(err)
	}
	server, err := embedded.StartClickHouse(ctx, embedded.Options{
		Dir:     dir,
		Addr:    "127.0.0.1:0",
		Library: embedded.LibraryOptions{Path: library},
		Output:  os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return server
}

// curl does what curl does: the query in the URL or in the body. It returns status and body.
func curl(t *testing.T, server *embedded.ClickHouse, query, body string) (int, string) {
	t.Helper()
	u := "http://" + server.Addr() + "/"
	if query != "" {
		u += "?" + query
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, u, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

// sql runs one statement and fails the test when it fails.
func sql(t *testing.T, server *embedded.ClickHouse, text string) string {
	t.Helper()
	status, answer := curl(t, server, "", text)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", text, status, answer)
	}
	return answer
}

func query(text string) string { return "query=" + url.QueryEscape(text) }
