package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"friction/pipeline/decode"
	"friction/pipeline/embedded"
	"friction/pipeline/engine"
	"friction/pipeline/journey"
	"friction/pipeline/query"
	"friction/pipeline/rules"
	"friction/pipeline/simulate"
	"friction/pipeline/sink"
	"friction/pipeline/source"
	"friction/pipeline/worker"
)

// demoServers are the servers of one start, whoever runs them.
type demoServers struct {
	kafka       source.Config
	clickstream string // topics
	telemetry   string
	tables      sink.Config
	http        string // where curl reaches ClickHouse, without user and password; empty where it cannot
	curlUser    string // "-u USER:PASSWORD " where one is needed
	before      int    // stops that were pushed before the worker's
}

// serverWait is how long a server may take to answer for the first time.
const serverWait = 20 * time.Second

// startServers starts what is not given, makes topics and tables, and opens the reader.
func (d *demo) startServers(ctx context.Context) error {
	if err := d.state.save(); err != nil {
		return err
	}
	d.servers = &demoServers{kafka: source.DefaultConfig(), tables: sink.DefaultConfig()}
	if err := d.startKafka(ctx); err != nil {
		return err
	}
	if err := d.startClickHouse(ctx); err != nil {
		return err
	}
	if err := d.makeTables(ctx); err != nil {
		return err
	}
	var err error
	d.reader, err = query.Open(query.Config{DSN: d.servers.tables.DSN, Database: d.servers.tables.Database, Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	d.push("", func(context.Context) error { return d.reader.Close() })
	return nil
}

// startKafka starts a broker in this process, or takes the one given; there, topics have names of the demo's own.
func (d *demo) startKafka(ctx context.Context) error {
	s := d.servers
	s.kafka.Group, s.kafka.ClientID = demoGroup, demoGroup
	s.clickstream, s.telemetry = simulate.Clickstream, simulate.Telemetry
	if d.o.Kafka != "" {
		s.kafka.Brokers = []string{d.o.Kafka}
		s.clickstream, s.telemetry = demoGroup+"-"+s.clickstream, demoGroup+"-"+s.telemetry
	} else {
		addr, taken := freeAddr(embedded.DefaultKafkaAddr)
		broker, err := embedded.StartKafka(embedded.KafkaOptions{Dir: filepath.Join(d.o.Dir, demoKafkaDir), Addr: addr}) //nolint:contextcheck // it has time limits of its own
		if err != nil {
			return err
		}
		d.push("Kafka", func(context.Context) error { broker.Close(); return nil })
		s.kafka.Brokers = []string{broker.Addr()}
		d.screen.say("Kafka       %s, in this process%s", broker.Addr(), instead(taken, embedded.DefaultKafkaAddr))
	}
	s.kafka.Topics = []string{s.clickstream, s.telemetry}
	k, err := source.ConnectTo(s.kafka)
	if err != nil {
		return err
	}
	defer k.Close()
	d.screen.note("making topics at %s …", s.kafka.Brokers[0])
	ctx, cancel := context.WithTimeout(ctx, serverWait)
	defer cancel()
	for _, topic := range s.kafka.Topics {
		if err := k.CreateTopics(ctx, source.Topic{Name: topic, Partitions: d.state.Partitions, Replication: -1}); err != nil {
			return fmt.Errorf("demo: Kafka at %s: %w", s.kafka.Brokers[0], err)
		}
	}
	if d.state.fresh && d.o.Kafka != "" {
		return d.refuseFull(ctx, k)
	}
	return nil
}

// refuseFull makes sure that a new history does not follow an old one in the same topics.
func (d *demo) refuseFull(ctx context.Context, k *source.Cluster) error {
	for _, topic := range d.servers.kafka.Topics {
		for p := range d.state.Partitions {
			_, end, err := k.Bounds(ctx, topic, int32(p))
			if err != nil {
				return fmt.Errorf("demo: %w", err)
			}
			if end > 0 {
				return fmt.Errorf("demo: topic %s on %s holds records that are not of the demo in %s: delete the topics %s and %s, "+
					"or name the directory of the demo that wrote them with --dir",
					topic, d.o.Kafka, d.o.Dir, strings.Join(d.servers.kafka.Topics, ", "), d.servers.kafka.CheckpointTopic())
			}
		}
	}
	return nil
}

// startClickHouse starts the engine in a process of its own, or takes the server given.
func (d *demo) startClickHouse(ctx context.Context) error {
	s := d.servers
	if d.o.ClickHouse != "" {
		return s.take(d.o.ClickHouse)
	}
	addr, taken := freeAddr(cmp.Or(d.o.ClickHouseAddr, embedded.DefaultClickHouseAddr))
	if taken && d.o.ClickHouseAddr != "" {
		return fmt.Errorf("demo: %s is taken by another program: choose another address for ClickHouse with --clickhouse-addr (port 0 is any that is free)",
			d.o.ClickHouseAddr)
	}
	ch, err := embedded.StartClickHouse(ctx, embedded.Options{
		Dir: filepath.Join(d.o.Dir, demoTablesDir), Addr: addr,
		Library: embedded.LibraryOptions{Progress: func(text string) { d.screen.note("%s", text) }},
	})
	if err != nil {
		return err
	}
	stopping := make(chan struct{})
	d.push("ClickHouse", func(ctx context.Context) error { close(stopping); return ch.Stop(ctx) })
	go func() {
		select {
		case <-ch.Done():
			d.fail(fmt.Errorf("demo: ClickHouse has ended by itself: %w", ch.Err()))
		case <-stopping:
		}
	}()
	s.tables.DSN = "http://" + ch.Addr()
	s.http = strings.Replace(ch.Addr(), "127.0.0.1", "localhost", 1) // shorter to read
	d.screen.say("ClickHouse  http://%s, process %d%s", ch.Addr(), ch.PID(), instead(taken, embedded.DefaultClickHouseAddr))
	return nil
}

// take reads a DSN: which database is meant, and how curl gets there.
func (s *demoServers) take(dsn string) error {
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
func (d *demo) makeTables(ctx context.Context) (err error) {
	tables, err := sink.Open(d.servers.tables, zap.NewNop(), sink.Observer{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tables.Close()) }()
	d.screen.note("making tables at %s …", masked(d.servers.tables.DSN))
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
		if r.State == sink.InForce && r.Group != demoGroup {
			return fmt.Errorf("demo: database %s holds the numbers of %s, which would be added up with the demo's: name another database, such as %s/friction_demo",
				d.servers.tables.Database, r.Group, strings.TrimRight(strings.TrimSuffix(masked(d.servers.tables.DSN), d.servers.tables.Database), "/"))
		}
	}
	if !d.state.fresh {
		return nil
	}
	if err := tables.Register(ctx, demoGroup, d.state.Run); err != nil {
		return err
	}
	return tables.Promote(ctx, demoGroup, d.state.Run)
}

// startWorker runs the worker until it is stopped; when it fails, so does the demo.
func (d *demo) startWorker() error {
	log, file, err := demoLog(filepath.Join(d.o.Dir, demoLogFile))
	if err != nil {
		return err
	}
	rules, err := demoRules()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	c := worker.DefaultConfig()
	c.Run = d.state.Run
	w, err := worker.New(worker.Options{
		Config: c, Kafka: d.servers.kafka, Rules: rules, ClickHouse: d.servers.tables, Log: log, Metrics: worker.NewMetrics(d.o.Version),
	})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := w.Run(ctx)
		if err != nil {
			d.fail(fmt.Errorf("demo: the worker failed (its log is %s): %w", file.Name(), err))
		}
		ended <- err
	}()
	d.servers.before = len(d.stops)
	d.push("the worker", func(limit context.Context) error {
		stop()
		select {
		case err := <-ended:
			return errors.Join(err, file.Close())
		case <-limit.Done():
			return limit.Err()
		}
	})
	return nil
}

// demoLog appends the worker's lines to a file: the screen is for the table.
func demoLog(path string) (*zap.Logger, *os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("demo: open the worker's log: %w", err)
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.TimeKey, encoder.MessageKey, encoder.EncodeTime = "time", "message", zapcore.ISO8601TimeEncoder
	encoder.EncodeDuration = zapcore.StringDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoder), zapcore.Lock(file), zap.InfoLevel)), file, nil
}

// demoStall is the silence after which a visit counts as stalled here: less than usual, so that it shows in the youngest
// windows.
const demoStall = 30 * time.Second

// demoRules are the defaults with the shop's journeys.
func demoRules() (*rules.Rules, error) {
	e := engine.DefaultConfig()
	e.Journeys.StallAfter = demoStall
	for _, s := range simulate.Steps() {
		list := e.Journeys.List
		if n := len(list); n == 0 || list[n-1].Name != s.Journey {
			list = append(list, journey.Journey{Name: s.Journey})
		}
		j := &list[len(list)-1]
		j.Steps = append(j.Steps, journey.Step{
			Name: s.Step, Match: []journey.Match{{Type: journey.Values{"page_view", "screen_view"}, Page: s.Pages}},
		})
		e.Journeys.List = list
	}
	return rules.New(e, decode.DefaultConfig())
}

// demoJourneys are the names of the shop's journeys.
func demoJourneys() []string {
	var names []string
	for _, s := range simulate.Steps() {
		if len(names) == 0 || names[len(names)-1] != s.Journey {
			names = append(names, s.Journey)
		}
	}
	return names
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
