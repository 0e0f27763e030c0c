-- Where migrations are written down. These statements run before every migration and are not written down themselves.

CREATE DATABASE IF NOT EXISTS {{db}} {{cluster}} COMMENT 'Friction measured from clickstream and telemetry: read the views; the tables called *_log hold every version of every row.';

CREATE TABLE IF NOT EXISTS {{db}}.schema_migrations {{cluster}}
(
    migration  LowCardinality(String) COMMENT 'File name of the migration.',
    step       UInt16                 COMMENT 'Statement within the file, from 1.',
    checksum   String                 COMMENT 'SHA-256 of the statement as it would read with the default configuration.',
    title      String                 COMMENT 'What the statement does.',
    applied_at DateTime64(3, 'UTC')   COMMENT 'When it was applied.'
)
ENGINE = {{engine "ReplacingMergeTree" "applied_at"}}
ORDER BY (migration, step)
COMMENT 'Which statements of which migration have been applied.';
