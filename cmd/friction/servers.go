package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/embedded"
)

type clickHouseCommand struct {
	Dir     string `default:"friction-data/clickhouse" help:"Data directory; created if missing."`
	Addr    string `default:"127.0.0.1:8123" help:"Address of the HTTP interface; port 0 picks a free one."`
	Library string `placeholder:"FILE" help:"The engine's library (default: FRICTION_LIBCHDB, else downloaded once into the user's cache)."`
}

func (clickHouseCommand) Help() string {
	return `Runs the real ClickHouse engine in this process, for demos, tests and small data on one machine, until Ctrl-C. Clients
use HTTP, as with any server. In production use a ClickHouse server.

It asks for a token, which it prints and keeps in the file "token" of its directory. Statements work with tables, and
reach no files, other servers or programs. Beyond 127.0.0.1 it listens only with a password, which is taken from
FRICTION_CLICKHOUSE_PASSWORD or from the file that FRICTION_CLICKHOUSE_PASSWORD_FILE names.

Example:
  friction clickhouse --dir /tmp/friction-clickhouse --addr 127.0.0.1:8123`
}

func (c clickHouseCommand) Run(ctx context.Context, w world) error {
	return embedded.ServeClickHouse(ctx, embedded.ClickHouseOptions{
		Dir: c.Dir, Addr: c.Addr, Confine: true,
		Ready: func(addr, url string) {
			embedded.PrintReady(addr)
			w.answers().Text(fmt.Sprintf("\nThe address with its user and token, for other commands and clients:\n  export FRICTION_CLICKHOUSE_DSN='%s'\n\n"+
				"Paste this, then ask:\n  %s\n  ask 'SHOW DATABASES'\n\n", url, embedded.AskFunction(c.Dir, addr)))
		},
		Library: embedded.LibraryOptions{Path: c.Library, Progress: func(text string) { w.note("%s", text) }},
	})
}

type kafkaCommand struct {
	Dir    string   `help:"Data directory (default: in memory)."`
	Addr   string   `default:"127.0.0.1:9092" help:"Address to listen on; port 0 picks a free one."`
	Topics []string `name:"topic" placeholder:"NAME:PARTITIONS" help:"Topic to create if it is missing; may be repeated (default: none)."`
}

func (kafkaCommand) Help() string {
	return `Runs a one-node Kafka in this process, for demos and tests, until Ctrl-C.

Example:
  friction kafka --dir /tmp/friction-kafka --topic clickstream:4 --topic telemetry:4`
}

func (c kafkaCommand) Run(ctx context.Context) error {
	topics := map[string]int{}
	for _, t := range c.Topics {
		name, count, _ := strings.Cut(t, ":")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || name == "" {
			return misused("--topic %q is not NAME:PARTITIONS, such as clickstream:4", t)
		}
		topics[name] = n
	}
	return embedded.ServeKafka(ctx, embedded.KafkaOptions{Dir: c.Dir, Addr: c.Addr, Topics: topics})
}

type probeCommand struct {
	URL string `arg:"" optional:"" default:"http://127.0.0.1:9464/readyz" help:"URL to ask."`
}

func (probeCommand) Help() string {
	return "Exits with 0 if the answer is 200. For health checks in images without any other program.\n\n" +
		"Example:\n  friction probe http://127.0.0.1:9464/readyz"
}

func (c probeCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return misused("%q is no address: %w", c.URL, err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w", c.URL, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s: %s", answer.Status, strings.TrimSpace(string(text)))
	}
	return nil
}
