-- Roles and their rights. Run once as a user with access management, before or after the tables are created:
--   clickhouse-client --multiquery < roles.sql
-- On a cluster add ON CLUSTER to each statement, or keep access in Keeper (<replicated> in user_directories).
-- The database is named friction here, as clickhouse.database is by default. Create users yourself, for example
--   CREATE USER worker IDENTIFIED BY '…' DEFAULT ROLE friction_writer;
-- Views run with the rights of the reader, so that row policies apply through them. So readers need rights on the base
-- tables, too.

-- friction migrate: creates and changes tables and views.
CREATE ROLE IF NOT EXISTS friction_migrator;
GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER TABLE, ALTER VIEW, SELECT, INSERT, SHOW ON friction.* TO friction_migrator;
GRANT SELECT ON system.mutations TO friction_migrator;
GRANT CLUSTER ON *.* TO friction_migrator;

-- friction run: inserts rows, and reads runs and progress when it starts.
CREATE ROLE IF NOT EXISTS friction_writer;
GRANT SELECT, INSERT, SHOW ON friction.* TO friction_writer;

-- friction alert: reads everything, and writes its alerts and the lease.
CREATE ROLE IF NOT EXISTS friction_alerter;
GRANT SELECT, SHOW ON friction.* TO friction_alerter;
GRANT INSERT ON friction.alerts_log TO friction_alerter;
GRANT INSERT ON friction.alert_changes_log TO friction_alerter;
GRANT INSERT ON friction.alert_notices_log TO friction_alerter;
GRANT INSERT ON friction.alert_leases_log TO friction_alerter;
GRANT INSERT ON friction.alert_seen_log TO friction_alerter;

-- People, dashboards, and commands such as friction funnel: read only, within a quota.
CREATE ROLE IF NOT EXISTS friction_reader;
GRANT SELECT, SHOW ON friction.* TO friction_reader;

-- Clients of a read-only user may still say how long a query may take: clickhouse-go does, and Grafana needs it.
CREATE SETTINGS PROFILE IF NOT EXISTS friction_reading SETTINGS
    readonly = 1,
    max_execution_time = 60 MIN 1 MAX 600 CHANGEABLE_IN_READONLY,
    max_memory_usage = 8000000000 CONST,
    max_threads = 4 CONST,
    max_rows_to_read = 5000000000 CONST,
    max_result_rows = 10000000 CONST
    TO friction_reader;

CREATE QUOTA IF NOT EXISTS friction_reading KEYED BY user_name
    FOR INTERVAL 1 minute MAX queries = 1200, errors = 200,
    FOR INTERVAL 1 hour MAX queries = 20000, execution_time = 7200, read_rows = 200000000000
    TO friction_reader;
