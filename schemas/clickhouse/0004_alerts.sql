-- What the alerter leaves: every change of every alert, whom it told, which alerter is at work, and what it saw of
-- visits before they were final. Alerts are about runs in force, so their rows have no run.

ALTER TABLE {{db}}.alerts_log {{cluster}} ADD COLUMN IF NOT EXISTS since DateTime64(3, 'UTC') COMMENT 'When the trouble began, as far as can be told.';

ALTER TABLE {{db}}.alerts_log {{cluster}} ADD COLUMN IF NOT EXISTS hurt UInt64 COMMENT 'Visits among those behind the observation that were hurt, or lost.';

ALTER TABLE {{db}}.alerts_log {{cluster}} ADD COLUMN IF NOT EXISTS explains Float64 COMMENT 'Share of the harm that is on this value of the dimension, 0 to 1; 0 for everyone.';

CREATE OR REPLACE VIEW {{db}}.alerts {{cluster}}
(
    app            LowCardinality(String) COMMENT 'Product or tenant; empty for an alert about the pipeline.',
    alert_id       UUID                   COMMENT 'Names the alert from being raised until being resolved.',
    rule           LowCardinality(String) COMMENT 'Rule that raised it: friction, unreached, absence or watermark.',
    state          LowCardinality(String) COMMENT 'raised, updated or resolved.',
    severity       LowCardinality(String) COMMENT 'How urgent the rule says it is: warning or critical.',
    journey        LowCardinality(String) COMMENT 'Journey concerned.',
    step           LowCardinality(String) COMMENT 'Step concerned; of an alert about the pipeline, the consumer group.',
    dimension      LowCardinality(String) COMMENT 'Dimension of those who are hit; empty for everyone.',
    value          LowCardinality(String) COMMENT 'Value of the dimension; empty for everyone.',
    metric         LowCardinality(String) COMMENT 'What stood out: score (0 to 100), lost (percent of visits that dropped off or stalled), visits (how many), behind (seconds).',
    observed       Float64                COMMENT 'What was seen since the trouble began.',
    expected       Float64                COMMENT 'What history made likely.',
    threshold      Float64                COMMENT 'Bound that was crossed.',
    visits         UInt64                 COMMENT 'Visits behind the observation.',
    hurt           UInt64                 COMMENT 'Of these, hurt or lost.',
    explains       Float64                COMMENT 'Share of the harm that is on this value of the dimension, 0 to 1; 0 for everyone.',
    window_start   DateTime64(3, 'UTC')   COMMENT 'Start of the window of the observation.',
    window_size_ms UInt32                 COMMENT 'Length of that window in milliseconds.',
    since          DateTime64(3, 'UTC')   COMMENT 'When the trouble began, as far as can be told.',
    raised_at      DateTime64(3, 'UTC')   COMMENT 'When the alert was raised, in event time.',
    updated_at     DateTime64(3, 'UTC')   COMMENT 'When it last changed, in event time.',
    resolved_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was resolved, in event time; NULL until then.',
    detail         String                 COMMENT 'Explanation for people.'
)
AS SELECT app, alert_id, rule, state, severity, journey, step, dimension, value, metric, observed, expected, threshold, visits, hurt, explains,
    window_start, window_size_ms, since, raised_at, updated_at, resolved_at, detail
FROM {{db}}.alerts_log FINAL
COMMENT 'One row per alert, as it stands.';

CREATE TABLE IF NOT EXISTS {{db}}.alert_changes_log {{cluster}}
(
    alert_id    UUID                   COMMENT 'Names the alert.',
    seq         UInt32                 COMMENT 'Which change of the alert, from 1.',
    changed_at  DateTime64(3, 'UTC')   COMMENT 'When it changed, in event time.',
    state       LowCardinality(String) COMMENT 'raised, updated or resolved.',
    holder      String                 COMMENT 'Alerter that wrote the change.',
    receivers   Array(String)          COMMENT 'Who is to be told, by the names of the configuration.',
    change      String                 COMMENT 'The alert as it stood after the change, as JSON.',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.'
)
ENGINE = {{engine "ReplacingMergeTree" "ingested_at"}}
ORDER BY (alert_id, seq)
{{ttl "alerts"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every change of every alert: what the alerter goes on from after a restart, and what is to be told.';

CREATE TABLE IF NOT EXISTS {{db}}.alert_notices_log {{cluster}}
(
    alert_id    UUID                   COMMENT 'Names the alert.',
    seq         UInt32                 COMMENT 'Which change of the alert.',
    receiver    LowCardinality(String) COMMENT 'Who is told, by the name of the configuration.',
    state       LowCardinality(String) COMMENT 'sending: it may or may not have arrived; sent: the receiver has taken it; given_up: it never did.',
    detail      String                 COMMENT 'What the receiver answered; never an address.',
    version     UInt64                 COMMENT 'Of the rows of one key the highest version stands: sending is below the others.',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.'
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
ORDER BY (alert_id, seq, receiver)
{{ttl "alerts"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Who has been told of which change.';

CREATE TABLE IF NOT EXISTS {{db}}.alert_leases_log {{cluster}}
(
    lease       LowCardinality(String) COMMENT 'What is leased.',
    term        UInt64                 COMMENT 'Which tenure; only ever grows.',
    holder      String                 COMMENT 'Who claims or renews it.',
    at          DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'Clock of ClickHouse at the claim.',
    until       DateTime64(6, 'UTC')   COMMENT 'When it ends unless it is renewed.',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.'
)
ENGINE = {{engine "ReplacingMergeTree"}}
ORDER BY (lease, term, at, holder)
TTL toDateTime(ingested_at) + toIntervalDay(7)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Claims and renewals of the lease by which one of several alerters works.';

CREATE TABLE IF NOT EXISTS {{db}}.alert_seen_log {{cluster}}
(
    app         LowCardinality(String) COMMENT 'Product or tenant.',
    journey     LowCardinality(String) COMMENT 'Journey the step belongs to.',
    pane_start  DateTime64(3, 'UTC')   COMMENT 'Start of the pane.',
    step        LowCardinality(String) COMMENT 'Step entered.',
    step_index  UInt8                  COMMENT 'Place of the step in its journey, from 0.',
    visits      UInt64                 COMMENT 'Visits of the pane when it was looked at.',
    lost        UInt64                 COMMENT 'Of these, dropped or stalled at that moment.',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.'
)
ENGINE = {{engine "ReplacingMergeTree" "ingested_at"}}
ORDER BY (app, journey, pane_start, step)
TTL toDateTime(ingested_at) + toIntervalDay(100)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'What the alerter saw of visits at alert.lost_after, before it was final: the past that the present is compared with.';

CREATE OR REPLACE VIEW {{db}}.alert_changes {{cluster}}
(
    alert_id   UUID                   COMMENT 'Names the alert; see alerts.',
    seq        UInt32                 COMMENT 'Which change of the alert, from 1.',
    changed_at DateTime64(3, 'UTC')   COMMENT 'When it changed, in event time.',
    state      LowCardinality(String) COMMENT 'raised, updated or resolved.',
    receiver   LowCardinality(String) COMMENT 'Who was told; empty when nobody is to be.',
    notice     LowCardinality(String) COMMENT 'How that stands: sending, sent or given_up; empty when nobody is to be told.',
    detail     String                 COMMENT 'What the receiver answered.'
)
AS SELECT c.alert_id, c.seq, c.changed_at, c.state, n.receiver, n.state AS notice, n.detail
FROM {{db}}.alert_changes_log AS c FINAL
LEFT JOIN (SELECT * FROM {{db}}.alert_notices_log FINAL) AS n ON n.alert_id = c.alert_id AND n.seq = c.seq
COMMENT 'Every change of every alert, and who was told of it: one row per change and receiver.';
