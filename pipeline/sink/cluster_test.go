package sink

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"friction/pipeline/embedded"
	"friction/pipeline/migrate"
)

// The real engine reads every statement of the cluster's variant as one for all its servers.
func TestClusterStatementsAreUnderstood(t *testing.T) {
	s := open(t, testConfig(t))
	quoted := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	cluster := s.cfg
	cluster.Cluster, cluster.EnginePrefix = "{cluster}", "Replicated"
	onAll, err := migrate.Script(cluster.migration())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range onAll {
		read := ask(t, s, "SELECT formatQuery('"+quoted.Replace(step.SQL)+"')")
		if !strings.Contains(read, "ON CLUSTER") || strings.Contains(read, "ENGINE") && !strings.Contains(read, "Replicated") {
			t.Errorf("%s is read as %.200s", step.Key(), read)
		}
	}
}

// With names of shard and replica, as every server of a cluster has, the engine makes a replicated table as far as asking
// for Keeper; there is none here.
func TestReplicatedTablesWantNothingButKeeper(t *testing.T) {
	clickHouse(t) // or be skipped
	macros := filepath.Join(t.TempDir(), "config.xml")
	if err := os.WriteFile(macros, []byte("<clickhouse><macros><shard>1</shard><replica>a</replica></macros></clickhouse>"), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := embedded.StartClickHouse(t.Context(), embedded.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Config: macros, Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	cfg := DefaultConfig()
	cfg.DSN, cfg.EnginePrefix = server.URL(), "Replicated"
	s := open(t, cfg)
	ask(t, s, "CREATE DATABASE "+cfg.Database)
	steps, err := migrate.Script(cfg.migration())
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, step := range steps {
		table, ok := strings.CutPrefix(step.Title, "CREATE TABLE ")
		if !ok {
			continue
		}
		tables++
		// ON CLUSTER gives every table an identity, which its path in Keeper is made of.
		name := cfg.Database + "." + table
		_, err := request(t.Context(), s, strings.Replace(step.SQL, name, fmt.Sprintf("%s UUID '%s'", name, uuid.New()), 1))
		if err == nil || !strings.Contains(err.Error(), "NO_ZOOKEEPER") {
			t.Errorf("%s: %.300v", step.Key(), err)
		}
	}
	if tables < 10 {
		t.Errorf("only %d tables", tables)
	}
}

// What the migrator says beside the files is for all servers, too.
func TestRetentionChangesOnTheWholeCluster(t *testing.T) {
	cfg := migrated(t).cfg
	cfg.Cluster, cfg.Retention.Signals = "main", 9
	changes, err := open(t, cfg).Migrator().Plan(t.Context())
	if err != nil || len(changes) != 1 || !strings.Contains(changes[0].SQL, ".signals_log ON CLUSTER `main` MODIFY TTL") {
		t.Errorf("%v, %v", changes, err)
	}
}
