package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/embedded"
	"friction/pipeline/simulate"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// servers are the Kafka and ClickHouse of one start: its own, or those that were given.
type servers struct {
	*instance
	kafka       source.Config
	clickstream string // topics
	telemetry   string
	tables      sink.Config
	http        string // where curl reaches ClickHouse: with the token of the embedded one, without the password of any other; empty where it cannot
	curlUser    string // "-u USER " where one is needed: curl asks for the password
	ask         string // a function of a shell that asks the embedded ClickHouse
	before      int    // stops that were pushed before the worker's
}

// serverWait is how long a server may take to answer for the first time.
const serverWait = 20 * time.Second

// startServers starts what is not given, and makes topics and tables.
func startServers(ctx context.Context, in *instance) (*servers, error) {
	if err := in.state.save(); err != nil {
		return nil, err
	}
	s := &servers{instance: in, kafka: source.DefaultConfig(), tables: sink.DefaultConfig()}
	for _, start := range []func(context.Context) error{s.startKafka, s.startClickHouse, s.makeTables} {
		if err := start(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// startKafka starts a broker in this process, or takes the one given; there, topics have names of the demo's own.
func (s *servers) startKafka(ctx context.Context) error {
	s.kafka.Group, s.kafka.ClientID = group, group
	s.clickstream, s.telemetry = simulate.Clickstream, simulate.Telemetry
	if s.o.Kafka != "" {
		s.kafka.Brokers = []string{s.o.Kafka}
		s.clickstream, s.telemetry = group+"-"+s.clickstream, group+"-"+s.telemetry
	} else {
		addr, taken := freeAddr(embedded.DefaultKafkaAddr)
		broker, err := embedded.StartKafka(embedded.KafkaOptions{Dir: filepath.Join(s.o.Dir, kafkaDir), Addr: addr}) //nolint:contextcheck // it has time limits of its own
		if err != nil {
			return err
		}
		s.push("Kafka", func(context.Context) error { broker.Close(); return nil })
		s.kafka.Brokers = []string{broker.Addr()}
		s.screen.say("Kafka       %s, in this process%s", broker.Addr(), instead(taken, embedded.DefaultKafkaAddr))
	}
	s.kafka.Topics = []string{s.clickstream, s.telemetry}
	k, err := source.ConnectTo(s.kafka)
	if err != nil {
		return err
	}
	defer k.Close()
	s.screen.note("making topics at %s …", s.kafka.Brokers[0])
	ctx, cancel := context.WithTimeout(ctx, serverWait)
	defer cancel()
	for _, topic := range s.kafka.Topics {
		if err := k.CreateTopics(ctx, source.Topic{Name: topic, Partitions: s.state.Partitions, Replication: -1}); err != nil {
			return fmt.Errorf("demo: Kafka at %s: %w", s.kafka.Brokers[0], err)
		}
	}
	if s.state.fresh && s.o.Kafka != "" {
		return s.refuseFull(ctx, k)
	}
	return nil
}

// refuseFull makes sure that a new history does not follow an old one in the same topics.
func (s *servers) refuseFull(ctx context.Context, k *source.Cluster) error {
	for _, topic := range s.kafka.Topics {
		for p := range s.state.Partitions {
			_, end, err := k.Bounds(ctx, topic, int32(p))
			if err != nil {
				return fmt.Errorf("demo: %w", err)
			}
			if end > 0 {
				return fmt.Errorf("demo: topic %s on %s holds records that are not of the demo in %s: delete the topics %s and %s, "+
					"or name the directory of the demo that wrote them with --dir",
					topic, s.o.Kafka, s.o.Dir, strings.Join(s.kafka.Topics, ", "), s.kafka.CheckpointTopic())
			}
		}
	}
	return nil
}

// startClickHouse starts the engine in a process of its own, or takes the server given.
func (s *servers) startClickHouse(ctx context.Context) error {
	if s.o.ClickHouse != "" {
		return s.use(s.o.ClickHouse)
	}
	addr, taken := freeAddr(cmp.Or(s.o.ClickHouseAddr, embedded.DefaultClickHouseAddr))
	if taken && s.o.ClickHouseAddr != "" {
		return fmt.Errorf("demo: %s is taken by another program: choose another address for ClickHouse with --clickhouse-addr (port 0 is any that is free)",
			s.o.ClickHouseAddr)
	}
	ch, err := embedded.StartClickHouse(ctx, embedded.Options{
		Dir: filepath.Join(s.o.Dir, tablesDir), Addr: addr,
		Library: embedded.LibraryOptions{Progress: func(text string) { s.screen.note("%s", text) }},
	})
	if err != nil {
		return err
	}
	stopping := make(chan struct{})
	s.push("ClickHouse", func(ctx context.Context) error { close(stopping); return ch.Stop(ctx) })
	go func() {
		select {
		case <-ch.Done():
			s.fail(fmt.Errorf("demo: ClickHouse has ended by itself: %w", ch.Err()))
		case <-stopping:
		}
	}()
	s.tables.DSN = ch.URL()
	s.http, s.ask = ch.URL(), embedded.AskFunction(filepath.Join(s.o.Dir, tablesDir), ch.Addr())
	s.screen.say("ClickHouse  %s, process %d%s", ch.URL(), ch.PID(), instead(taken, embedded.DefaultClickHouseAddr))
	return nil
}

// use reads a DSN: which database is meant, and how curl gets there.
func (s *servers) use(dsn string) error {
	u, err := url.Parse(dsn)
	if err != nil || u.Host == "" {
		return fmt.Errorf("demo: the DSN of ClickHouse is no URL; want http://user:password@host:8123 or clickhouse://user:password@host:9000")
	}
	if name := strings.Trim(u.Path, "/"); name != "" && name != "default" {
		s.tables.Database = name
	}
	s.tables.DSN = dsn
	if u.Scheme == "http" || u.Scheme == "https" {
		s.http = u.Scheme + "://" + u.Host
	}
	if u.User != nil {
		s.curlUser = "-u " + u.User.Username() + " "
	}
	return s.tables.Validate()
}

// makeTables brings the database up to date and puts the demo's run in force. It does not mix with runs of others.
func (s *servers) makeTables(ctx context.Context) (err error) {
	tables, err := sink.Open(s.tables, zap.NewNop(), sink.Observer{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tables.Close()) }()
	s.screen.note("making tables at %s …", masked(s.tables.DSN))
	answering, cancel := context.WithTimeout(ctx, serverWait)
	defer cancel()
	if err := tables.Ping(answering); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if _, err := tables.Migrator().Up(ctx); err != nil {
		return fmt.Errorf("demo: make tables: %w", err)
	}
	runs, err := tables.Runs(ctx, "")
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.State == sink.InForce && r.Group != group {
			return fmt.Errorf("demo: database %s holds the numbers of %s, which would be added up with the demo's: name another database, such as %s/friction_demo",
				s.tables.Database, r.Group, strings.TrimRight(strings.TrimSuffix(masked(s.tables.DSN), s.tables.Database), "/"))
		}
	}
	if !s.state.fresh {
		return nil
	}
	if err := tables.Register(ctx, group, s.state.Run); err != nil {
		return err
	}
	return tables.Promote(ctx, group, s.state.Run)
}

// freeAddr is the usual address, or one with any free port where that is taken.
func freeAddr(usual string) (addr string, taken bool) {
	l, err := net.Listen("tcp", usual)
	if err == nil {
		_ = l.Close()
		return usual, false
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(usual)
		return net.JoinHostPort(host, "0"), true
	}
	return usual, false // what is wrong with it shows when it is used
}

func instead(taken bool, usual string) string {
	if !taken {
		return ""
	}
	return " (" + usual + " is taken by another program)"
}

// footer is what to do next.
func (s *servers) footer() []string {
	db := s.tables.Database
	lines := []string{"Ask ClickHouse yourself:"}
	sql := []string{
		"    SELECT step, window_start, visits, dropped, score, score_low, signals",
		"    FROM " + db + ".step_scores",
		"    WHERE journey = 'checkout' AND window_start > now() - INTERVAL 15 MINUTE",
		"    ORDER BY score_low DESC LIMIT 10",
	}
	if s.http == "" {
		lines = append(lines, sql...)
	} else {
		pretty, plain := "  ask ", "  ask "
		if s.ask != "" {
			lines = append(lines, "  "+s.ask)
		} else {
			curl := "  curl " + s.curlUser + "'" + s.http
			pretty, plain = curl+"/?default_format=PrettyCompact' -d ", curl+"' -d "
		}
		sql[len(sql)-1] += "\""
		lines = append(append(lines, pretty+"\""), sql...)
		lines = append(lines, plain+"'SELECT * FROM "+db+".progress FORMAT Vertical'")
	}
	return append(lines, "What was simulated: "+filepath.Join(s.o.Dir, truthFile), "Ctrl-C stops everything; the next start goes on from there.")
}
