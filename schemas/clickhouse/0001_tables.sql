-- Base tables. Each holds every version of every row of every run; people read the views of 0002_views.sql.
--
-- Common to all tables that the worker fills:
--   run          "<group>/<run>": one continuous life of a consumer group's numbers; first in every sorting key, so that
--                the rows of a withdrawn run are never read
--   task         partition of the input topics whose worker wrote the row
--   version      (birth, epoch) of that worker, packed; of the rows of one key the highest version stands
--   ingested_at  when ClickHouse took the row; retention counts from here, so that late or re-run history lives as long
--                as fresh rows
-- Partitions follow a time that belongs to the key, because rows of one key in two partitions would never be merged.

CREATE TABLE IF NOT EXISTS {{db}}.runs_log {{cluster}}
(
    `group`       LowCardinality(String) COMMENT 'Consumer group of the workers.',
    run           LowCardinality(String) COMMENT 'Full name of the run, "<group>/<run>", as in the run column of every other table.',
    registered_at DateTime64(3, 'UTC')   COMMENT 'When a worker first announced the run.',
    promoted_at   DateTime64(6, 'UTC')   COMMENT 'When the run was last put in force; 1970-01-01 if never. Of the runs of a group that are not withdrawn, the one promoted last is in force.',
    withdrawn_at  DateTime64(6, 'UTC')   COMMENT 'When the run was withdrawn; 1970-01-01 if it is not.',
    version       UInt64                 COMMENT 'Microseconds since 1970 of the change, 1 for a registration, so that no late registration undoes a decision.',
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row.'
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
ORDER BY (`group`, run)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of the runs of each group. Read the view runs.';

CREATE TABLE IF NOT EXISTS {{db}}.sessions_log {{cluster}}
(
    run            LowCardinality(String) COMMENT 'Run that wrote the row, "<group>/<run>".',
    app            LowCardinality(String) COMMENT 'Product or tenant.',
    opened_at      DateTime64(3, 'UTC') COMMENT 'Time of the event that opened the session. Never changes, even if an earlier event joins later.' CODEC(Delta, ZSTD(1)),
    session_id     UUID                   COMMENT 'murmur3-128 of the session key and opened_at.',
    task           UInt16                 COMMENT 'Partition of the input topics.',
    user           String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    account        String                 COMMENT 'Logged-in id, empty when unknown.',
    client_session String                 COMMENT 'Session id of the client itself, empty when it sent none.',
    started_at     DateTime64(3, 'UTC') COMMENT 'Earliest event of the session.' CODEC(Delta, ZSTD(1)),
    ended_at       DateTime64(3, 'UTC') COMMENT 'Latest event of the session.' CODEC(Delta, ZSTD(1)),
    events         UInt32                 COMMENT 'Events taken into the session.',
    pages          UInt32                 COMMENT 'Page and screen views among them.',
    duplicates     UInt32                 COMMENT 'Events dropped because their id had been seen in this session.',
    capped         UInt32                 COMMENT 'Events dropped because the session was at its limit of events or ids.',
    late_joined    UInt32                 COMMENT 'Events that came too late to be seen by visits and detectors, and still count as part of the session.',
    clock_ahead    UInt32                 COMMENT 'Events whose own clock was ahead of the record time.',
    clock_offset   Int64                  COMMENT 'The largest offset that was taken away from the time of one of its events, in ms: how fast its clock was. Negative for a slow clock, 0 for none.',
    overdue        Bool                   COMMENT 'The events came long after they happened: the session lived beside the one of that time, and its visits are counted in a part of their own.',
    entry_page     LowCardinality(String) COMMENT 'First page or screen.',
    exit_page      LowCardinality(String) COMMENT 'Last page or screen.',
    segments       Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension, such as device or country.',
    signals        Map(LowCardinality(String), UInt64) COMMENT 'Signals by kind, each run counted once; signals absorbed by another are left out.',
    pain           UInt32                 COMMENT 'Pain in millionths, over all signals of the session as if it were one visit.',
    version        UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at    DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.' CODEC(Delta, ZSTD(1)),
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
PARTITION BY toYYYYMM(opened_at)
ORDER BY (run, app, opened_at, session_id)
{{ttl "sessions"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of closed sessions, of all runs. Read the view sessions.';

CREATE TABLE IF NOT EXISTS {{db}}.step_visits_log {{cluster}}
(
    run             LowCardinality(String) COMMENT 'Run that wrote the row, "<group>/<run>".',
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to; "site" has every page as a step.',
    entered_at      DateTime64(3, 'UTC') COMMENT 'Time of the first event on the step.' CODEC(Delta, ZSTD(1)),
    step            LowCardinality(String) COMMENT 'Step visited.',
    session_id      UUID                   COMMENT 'Session the visit belongs to.',
    attempt         UInt16                 COMMENT 'Which attempt at the journey within the session, from 1.',
    visit           UInt16                 COMMENT 'Which visit within the attempt, from 1.',
    task            UInt16                 COMMENT 'Partition of the input topics.',
    step_index      UInt8                  COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    user            String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    left_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'Time of the event that ended the visit, or of the last event of the session; NULL while open.',
    outcome         LowCardinality(String) COMMENT 'How the visit ended: advanced, completed, back, dropped, or open until then.',
    stalled         Bool                   COMMENT 'The visit is open and its session has been silent for stall_after.',
    entered_midway  Bool                   COMMENT 'The attempt was opened at a later step than the first: counted in scores, not in funnels.',
    skipped         Bool                   COMMENT 'Reached over a required step that was not visited.',
    resumed         Bool                   COMMENT 'The attempt began in an earlier session of the same user, and this one continues it.',
    returned        Bool                   COMMENT 'The attempt was left here and the next session of the same user continued it: no loss yet.',
    segments        Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension, such as device or country.',
    signals         Map(LowCardinality(String), UInt64) COMMENT 'Signals of the visit by kind, each run of a thing counted once. With score_weights they give pain.',
    pain            UInt32                 COMMENT 'Pain of the visit in millionths: 1 - product over kinds of (1 - weight) ^ min(count, cap).',
    weights_version LowCardinality(String) COMMENT 'Version of the weights behind pain; see score_weights.',
    version         UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.' CODEC(Delta, ZSTD(1)),
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
PARTITION BY toYYYYMM(entered_at)
ORDER BY (run, app, journey, entered_at, step, session_id, attempt, visit)
{{ttl "step_visits"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of visits of steps, of all runs. Read the view step_visits.';

CREATE TABLE IF NOT EXISTS {{db}}.signals_log {{cluster}}
(
    run          LowCardinality(String) COMMENT 'Run that wrote the row, "<group>/<run>".',
    app          LowCardinality(String) COMMENT 'Product or tenant.',
    started_at   DateTime64(3, 'UTC') COMMENT 'Time of the first event of the signal.' CODEC(Delta, ZSTD(1)),
    signal_id    UUID                   COMMENT 'murmur3-128 of session, kind, target or operation, and started_at.',
    task         UInt16                 COMMENT 'Partition of the input topics.',
    kind         LowCardinality(String) COMMENT 'What was found, such as rage_click or retry.',
    session_id   UUID                   COMMENT 'Session the signal belongs to.',
    user         String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    ended_at     DateTime64(3, 'UTC') COMMENT 'Time of the last event of the signal.' CODEC(Delta, ZSTD(1)),
    `count`      UInt32                 COMMENT 'How many of the thing the run holds: clicks, repeats, entries.',
    page         LowCardinality(String) COMMENT 'Page or screen it happened on.',
    target       String                 COMMENT 'Name of the element concerned, empty when there was none.',
    op           String                 COMMENT 'Route or operation concerned, empty when there was none.',
    event_ids    Array(String)          COMMENT 'Ids of the events behind the signal, the first 20.',
    visits       Array(Tuple(journey String, step String, attempt UInt16, visit UInt16)) COMMENT 'Visits the signal counts for, one of each journey that had one open.',
    absorbed_by  LowCardinality(String) COMMENT 'Kind of the signal that already counts these events, empty when none does. An absorbed signal weighs nothing.',
    rule_version LowCardinality(String) COMMENT 'Version of the rule and thresholds that found it.',
    segments     Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension, such as device or country.',
    version      UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.' CODEC(Delta, ZSTD(1)),
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
PARTITION BY toYYYYMM(started_at)
ORDER BY (run, app, started_at, signal_id)
{{ttl "signals"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of signals, of all runs. Read the view signals.';

CREATE TABLE IF NOT EXISTS {{db}}.step_windows_log {{cluster}}
(
    run             LowCardinality(String) COMMENT 'Run that wrote the row, "<group>/<run>".',
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to.',
    window_start    DateTime64(3, 'UTC') COMMENT 'Start of the window, a multiple of the slide since 1970.' CODEC(Delta, ZSTD(1)),
    step            LowCardinality(String) COMMENT 'Step entered.',
    task            UInt16                 COMMENT 'Partition of the input topics; the sums of all tasks together are the window.',
    part            DateTime64(3, 'UTC')   COMMENT 'Pane of the time at which these visits were counted, because their sessions were overdue; 1970-01-01 for visits on time. The sums of all parts together are the window.' CODEC(Delta, ZSTD(1)),
    step_index      UInt8                  COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    window_size_ms  UInt32                 COMMENT 'Length of the window in milliseconds.',
    {{template "stored sums"}},
    weights_version LowCardinality(String) COMMENT 'Version of the weights behind pain; see score_weights.',
    version         UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
PARTITION BY toYYYYMM(window_start)
ORDER BY (run, app, journey, window_start, step, task, part)
{{ttl "step_scores"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of the sums of each step, sliding window and task, of all runs. Read the view step_scores.';

CREATE TABLE IF NOT EXISTS {{db}}.step_panes_log {{cluster}}
(
    run             LowCardinality(String) COMMENT 'Run that wrote the row, "<group>/<run>".',
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to.',
    dimension       LowCardinality(String) COMMENT 'Name of the dimension, such as device; empty for everyone.',
    pane_start      DateTime64(3, 'UTC') COMMENT 'Start of the pane, a multiple of its size since 1970.' CODEC(Delta, ZSTD(1)),
    step            LowCardinality(String) COMMENT 'Step entered.',
    value           LowCardinality(String) COMMENT 'Value of the dimension, "other" beyond the limit of values; empty for everyone.',
    task            UInt16                 COMMENT 'Partition of the input topics; the sums of all tasks together are the pane.',
    part            DateTime64(3, 'UTC')   COMMENT 'Pane of the time at which these visits were counted, because their sessions were overdue; 1970-01-01 for visits on time. The sums of all parts together are the pane.' CODEC(Delta, ZSTD(1)),
    step_index      UInt8                  COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    pane_size_ms    UInt32                 COMMENT 'Length of the pane in milliseconds: one slide of the windows.',
    {{template "stored sums"}},
    weights_version LowCardinality(String) COMMENT 'Version of the weights behind pain; see score_weights.',
    version         UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
PARTITION BY toYYYYMM(pane_start)
ORDER BY (run, app, journey, dimension, pane_start, step, value, task, part)
{{ttl "step_panes"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of the sums of each step, pane, dimension value and task, of all runs. Read the views step_panes and step_panes_detail.';

CREATE TABLE IF NOT EXISTS {{db}}.late_events_log {{cluster}}
(
    run         LowCardinality(String) COMMENT 'Run that wrote the row, "<group>/<run>".',
    topic       LowCardinality(String) COMMENT 'Topic the record came from.',
    `partition` UInt16                 COMMENT 'Partition the record came from.',
    `offset`    Int64                  COMMENT 'Offset of the record.',
    record_time DateTime64(3, 'UTC') COMMENT 'Timestamp of the record, never later than the clock of the worker that read it.' CODEC(Delta, ZSTD(1)),
    event_time  DateTime64(3, 'UTC')   COMMENT 'Time of the event itself.',
    app         LowCardinality(String) COMMENT 'Product or tenant.',
    user        String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    type        LowCardinality(String) COMMENT 'Type of the event.',
    page        LowCardinality(String) COMMENT 'Page or screen of the event.',
    event_id    String                 COMMENT 'Id of the event.',
    late_by_ms  Int64                  COMMENT 'How far the event lay behind the time in force when it came, in milliseconds.',
    version     UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
PARTITION BY toYYYYMM(record_time)
ORDER BY (run, topic, `partition`, `offset`)
{{ttl "late_events"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of events that came too late to count, of all runs. Read the view late_events.';

CREATE TABLE IF NOT EXISTS {{db}}.rejected_events_log {{cluster}}
(
    run         LowCardinality(String) COMMENT 'Run that wrote the row, "<group>/<run>".',
    topic       LowCardinality(String) COMMENT 'Topic the record came from.',
    `partition` UInt16                 COMMENT 'Partition the record came from.',
    `offset`    Int64                  COMMENT 'Offset of the record.',
    record_time DateTime64(3, 'UTC') COMMENT 'Timestamp of the record, never later than the clock of the worker that read it.' CODEC(Delta, ZSTD(1)),
    reason      LowCardinality(String) COMMENT 'Why the record could not become an event, such as malformed or time_future.',
    detail      String                 COMMENT 'Where, and what was expected; never what the record held.',
    bytes       UInt32                 COMMENT 'Size of the record.',
    version     UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
PARTITION BY toYYYYMM(record_time)
ORDER BY (run, topic, `partition`, `offset`)
{{ttl "rejected_events"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of records that could not become events, of all runs. Read the view rejected_events.';

CREATE TABLE IF NOT EXISTS {{db}}.progress_log {{cluster}}
(
    run             LowCardinality(String) COMMENT 'Run the task works for, "<group>/<run>".',
    task            UInt16                 COMMENT 'Partition of the input topics.',
    `group`         LowCardinality(String) COMMENT 'Consumer group of the workers.',
    tasks           UInt16                 COMMENT 'How many tasks the run has in all; 0 when not known.',
    birth           UInt64                 COMMENT 'Which claim of the checkpoint log the task lives by; only ever grows.',
    epoch           UInt64                 COMMENT 'Last epoch whose rows are all here.',
    watermark       DateTime64(3, 'UTC')   COMMENT 'Event time up to which the task has seen all it waits for.',
    rows_until      DateTime64(3, 'UTC')   COMMENT 'Watermark up to which windows and panes have been written.',
    settle_ms       UInt64                 COMMENT 'How long after its end a window can still change by the end of sessions: gap + grace.',
    wall_clock      DateTime64(3, 'UTC')   COMMENT 'Clock of the worker at that epoch.',
    positions       Array(Tuple(topic String, next Int64, `end` Int64, topic_time DateTime64(3, 'UTC'))) COMMENT 'Per topic: offset of the next record to read, end of the log as last seen, highest event time accepted.',
    open_sessions   UInt64                 COMMENT 'Sessions held open.',
    state_bytes     UInt64                 COMMENT 'Size of the state in memory.',
    consumed        UInt64                 COMMENT 'Records read since the run began.',
    filtered        UInt64                 COMMENT 'Of these, dropped by a filter rule.',
    rejected        UInt64                 COMMENT 'Of these, could not be decoded.',
    late            UInt64                 COMMENT 'Of these, came too late to count.',
    duplicates      UInt64                 COMMENT 'Of these, their id had been seen in the same session.',
    capped          UInt64                 COMMENT 'Of these, beyond a limit on open sessions, events or ids.',
    unattended      UInt64                 COMMENT 'Of these, of sessions in which nobody did anything: they are in no session.',
    pending         UInt64                 COMMENT 'Of these, read and not yet taken by the engine, or in a session in which nobody has done anything yet.',
    in_sessions     UInt64                 COMMENT 'Of these, taken into a session, open or closed.',
    overdue         UInt64                 COMMENT 'Of in_sessions: came long after they happened, and are part of overdue sessions.',
    late_joined     UInt64                 COMMENT 'Joined their session too old to be seen by visits and detectors.',
    idle_overtaken  UInt64                 COMMENT 'Came behind a watermark that idleness had moved.',
    clock_ahead     UInt64                 COMMENT 'Had a clock ahead of the record time, which took its place.',
    foreign_key     UInt64                 COMMENT 'Had a record key that was not the user of the event.',
    unknown_fields  UInt64                 COMMENT 'Fields of no known name and no scalar value.',
    other_steps     UInt64                 COMMENT 'Pages beyond the limit of pages, counted under step "other".',
    other_values    UInt64                 COMMENT 'Visits counted under value "other" of a dimension.',
    sessions_opened UInt64                 COMMENT 'Sessions opened since the run began.',
    sessions_closed UInt64                 COMMENT 'Sessions closed since the run began.',
    closed_forgotten UInt64                COMMENT 'Closed sessions beyond the limit of those remembered: overdue events as old as these are late.',
    attempts_forgotten UInt64              COMMENT 'Unfinished attempts beyond the limit of those remembered: they cannot be continued any more.',
    visits          UInt64                 COMMENT 'Visits begun since the run began.',
    signals         UInt64                 COMMENT 'Signals found since the run began.',
    by_reason       Map(LowCardinality(String), UInt64) COMMENT 'Rejected and late records by reason.',
    config_revision LowCardinality(String) COMMENT 'Revision of the configuration in force.',
    version         UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row.'
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
ORDER BY (run, task)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Progress of every task of every run. Read the view progress.';

CREATE TABLE IF NOT EXISTS {{db}}.score_weights_log {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant the weights were measured on; empty for all.',
    weights_version LowCardinality(String) COMMENT 'Version that rows name in their column weights_version.',
    kind            LowCardinality(String) COMMENT 'Kind of signal.',
    weight          Float64                COMMENT 'Chance that one such signal is enough to hurt, 0 to 1.',
    cap             UInt32                 COMMENT 'Signals of the kind beyond this number add nothing to a visit.',
    registered_at   DateTime64(3, 'UTC')   COMMENT 'When the version was first used.',
    version         UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row.'
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
ORDER BY (app, weights_version, kind)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'What each version of the weights means. Read the view score_weights.';

CREATE TABLE IF NOT EXISTS {{db}}.journeys_log {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant; empty for all.',
    config_revision LowCardinality(String) COMMENT 'Revision of the configuration that defined the step, as in progress.',
    journey         LowCardinality(String) COMMENT 'Name of the journey.',
    step_index      UInt16                 COMMENT 'Place of the step in its journey, from 0.',
    step            LowCardinality(String) COMMENT 'Name of the step.',
    rule            String                 COMMENT 'Match rule of the step, as JSON.',
    required        Bool                   COMMENT 'Whether the step must be visited to get on.',
    mode            LowCardinality(String) COMMENT 'How order is judged: free, ordered, strict or any_order.',
    registered_at   DateTime64(3, 'UTC')   COMMENT 'When the revision was first used.',
    version         UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row.'
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
ORDER BY (app, config_revision, journey, step_index)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'What each revision of the journeys means, one row a step. Read the view journeys.';

CREATE TABLE IF NOT EXISTS {{db}}.alerts_log {{cluster}}
(
    app           LowCardinality(String) COMMENT 'Product or tenant.',
    alert_id      UUID                   COMMENT 'Names the alert from being raised until being resolved.',
    rule          LowCardinality(String) COMMENT 'Rule that raised it.',
    state         LowCardinality(String) COMMENT 'raised, updated or resolved.',
    severity      LowCardinality(String) COMMENT 'How urgent the rule says it is.',
    journey       LowCardinality(String) COMMENT 'Journey concerned.',
    step          LowCardinality(String) COMMENT 'Step concerned.',
    dimension     LowCardinality(String) COMMENT 'Dimension concerned; empty for everyone.',
    value         LowCardinality(String) COMMENT 'Value of the dimension; empty for everyone.',
    metric        LowCardinality(String) COMMENT 'What was watched, such as score.',
    observed      Float64                COMMENT 'What was seen.',
    expected      Float64                COMMENT 'What history made likely.',
    threshold     Float64                COMMENT 'Bound that was crossed.',
    visits        UInt64                 COMMENT 'Visits behind the observation.',
    window_start  DateTime64(3, 'UTC')   COMMENT 'Start of the window of the observation.',
    window_size_ms UInt32                COMMENT 'Length of that window in milliseconds.',
    raised_at     DateTime64(3, 'UTC')   COMMENT 'When the alert was raised.',
    updated_at    DateTime64(3, 'UTC')   COMMENT 'When it last changed.',
    resolved_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was resolved; NULL until then.',
    detail        String                 COMMENT 'Explanation for people.',
    version       UInt64                 COMMENT 'Of the rows of one key the highest version stands.',
    ingested_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When ClickHouse took the row; retention counts from here.'
)
ENGINE = {{engine "ReplacingMergeTree" "version"}}
ORDER BY (app, alert_id)
{{ttl "alerts"}}
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'All versions of alerts. Read the view alerts.';
