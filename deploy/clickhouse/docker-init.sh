#!/bin/bash
# Runs once, when the data directory of clickhouse/clickhouse-server is empty (docker-entrypoint-initdb.d). It creates
# roles, and users with passwords from the environment. Only hashes of the passwords reach the server.
set -euo pipefail

# The client takes user and password from CLICKHOUSE_USER and CLICKHOUSE_PASSWORD: arguments can be read by others.
client() { clickhouse-client "$@"; }
hash() { printf %s "$1" | sha256sum | cut -d' ' -f1; }

client --multiquery </etc/friction/clickhouse/roles.sql
client --multiquery <<SQL
CREATE USER OR REPLACE friction IDENTIFIED WITH sha256_hash BY '$(hash "$FRICTION_PASSWORD")' DEFAULT ROLE friction_migrator, friction_writer, friction_alerter;
CREATE USER OR REPLACE friction_reader IDENTIFIED WITH sha256_hash BY '$(hash "$FRICTION_READER_PASSWORD")' DEFAULT ROLE friction_reader;
GRANT friction_migrator, friction_writer, friction_alerter TO friction;
GRANT friction_reader TO friction_reader;
SQL
