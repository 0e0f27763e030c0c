-- What people read. Every view keeps the runs in force before it merges versions, so that a re-run or a withdrawn run
-- never adds to another, and sums the tasks, because a user lives in one partition.

CREATE OR REPLACE VIEW {{db}}.runs_in_force {{cluster}}
(
    `group` LowCardinality(String) COMMENT 'Consumer group.',
    run     LowCardinality(String) COMMENT 'Its run in force, "<group>/<run>".'
)
AS SELECT r.`group`, argMax(r.run, (r.promoted_at, r.run)) AS run
FROM {{db}}.runs_log AS r FINAL
WHERE r.promoted_at > toDateTime64(0, 6, 'UTC') AND r.withdrawn_at = toDateTime64(0, 6, 'UTC')
GROUP BY r.`group`
COMMENT 'The one run of each group whose rows people see.';

CREATE OR REPLACE VIEW {{db}}.runs_settled {{cluster}}
(
    run           LowCardinality(String) COMMENT 'Run, "<group>/<run>".',
    watermark     DateTime64(3, 'UTC')   COMMENT 'Event time up to which all tasks have seen everything; 1970-01-01 while a task has not reported.',
    settled_until DateTime64(3, 'UTC')   COMMENT 'Windows that end by then are final once no visit is open: what all tasks have written, less gap and grace; 1970-01-01 while a task has not reported.'
)
AS SELECT
    p.run,
    if(count() < max(p.tasks), toDateTime64(0, 3, 'UTC'), min(p.watermark)) AS watermark,
    if(count() < max(p.tasks) OR min(p.settle_ms) = 0, toDateTime64(0, 3, 'UTC'),
        min(fromUnixTimestamp64Milli(toUnixTimestamp64Milli(p.rows_until) - toInt64(p.settle_ms), 'UTC'))) AS settled_until
FROM {{db}}.progress_log AS p FINAL
GROUP BY p.run
COMMENT 'Up to when the numbers of each run are complete.';

CREATE OR REPLACE VIEW {{db}}.runs {{cluster}}
(
    `group`       LowCardinality(String) COMMENT 'Consumer group of the workers.',
    run           LowCardinality(String) COMMENT 'Full name of the run, "<group>/<run>", as in the run column of every other view.',
    state         LowCardinality(String) COMMENT 'in_force: people see its rows; standby: waits for promotion; withdrawn: hidden.',
    registered_at DateTime64(3, 'UTC')   COMMENT 'When a worker first announced the run.',
    promoted_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'When the run was last put in force; NULL if never.',
    withdrawn_at  Nullable(DateTime64(3, 'UTC')) COMMENT 'When the run was withdrawn; NULL if it is not.',
    watermark     Nullable(DateTime64(3, 'UTC')) COMMENT 'Event time up to which all its tasks have seen everything; NULL while a task has not reported.'
)
AS SELECT
    r.`group`, r.run,
    multiIf(r.withdrawn_at > toDateTime64(0, 6, 'UTC'), 'withdrawn', r.run IN (SELECT run FROM {{db}}.runs_in_force), 'in_force', 'standby') AS state,
    r.registered_at,
    nullIf(r.promoted_at, toDateTime64(0, 6, 'UTC')) AS promoted_at,
    nullIf(r.withdrawn_at, toDateTime64(0, 6, 'UTC')) AS withdrawn_at,
    nullIf(s.watermark, toDateTime64(0, 3, 'UTC')) AS watermark
FROM {{db}}.runs_log AS r FINAL
LEFT JOIN {{db}}.runs_settled AS s ON s.run = r.run
COMMENT 'Every run of every group and whether people see its rows. Groups are added up: two groups that read the same topics belong in two databases.';

CREATE OR REPLACE VIEW {{db}}.sessions {{cluster}}
(
    app            LowCardinality(String) COMMENT 'Product or tenant.',
    session_id     UUID                   COMMENT 'Names the session everywhere.',
    user           String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    account        String                 COMMENT 'Logged-in id, empty when unknown.',
    client_session String                 COMMENT 'Session id of the client itself, empty when it sent none.',
    opened_at      DateTime64(3, 'UTC')   COMMENT 'Time of the event that opened the session.',
    started_at     DateTime64(3, 'UTC')   COMMENT 'Earliest event of the session.',
    ended_at       DateTime64(3, 'UTC')   COMMENT 'Latest event of the session.',
    duration_ms    UInt64                 COMMENT 'ended_at - started_at.',
    events         UInt32                 COMMENT 'Events taken into the session.',
    pages          UInt32                 COMMENT 'Page and screen views among them.',
    duplicates     UInt32                 COMMENT 'Events dropped because their id had been seen in this session.',
    capped         UInt32                 COMMENT 'Events dropped because the session was at its limit of events or ids.',
    late_joined    UInt32                 COMMENT 'Events that came too late to be seen by visits and detectors, and still count as part of the session.',
    clock_ahead    UInt32                 COMMENT 'Events whose own clock was ahead of the record time.',
    clock_offset   Int64                  COMMENT 'The largest offset that was taken away from the time of one of its events, in ms: how fast its clock was. Negative for a slow clock, 0 for none.',
    overdue        Bool                   COMMENT 'The events came long after they happened: the session lived beside the one of that time.',
    entry_page     LowCardinality(String) COMMENT 'First page or screen.',
    exit_page      LowCardinality(String) COMMENT 'Last page or screen.',
    segments       Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension, such as device or country.',
    signals        Map(LowCardinality(String), UInt64) COMMENT 'Signals by kind, absorbed ones left out.',
    score          Float64                COMMENT 'Friction score of the session, 0 (none) to 100 (certain hurt).',
    pain           UInt32                 COMMENT 'Pain in millionths, over all signals of the session as if it were one visit.',
    run            LowCardinality(String) COMMENT 'Run that wrote the row.',
    version        UInt64                 COMMENT '(birth, epoch) that wrote the row, packed.',
    ingested_at    DateTime64(3, 'UTC')   COMMENT 'When ClickHouse took the row.'
)
AS SELECT
    app, session_id, user, account, client_session, opened_at, started_at, ended_at,
    toUInt64(greatest(0, toUnixTimestamp64Milli(ended_at) - toUnixTimestamp64Milli(started_at))) AS duration_ms,
    events, pages, duplicates, capped, late_joined, clock_ahead, clock_offset, overdue, entry_page, exit_page, segments, signals,
    pain / 10000 AS score, pain, run, version, ingested_at
FROM {{db}}.sessions_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'One row per closed session.';

CREATE OR REPLACE VIEW {{db}}.step_visits {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to; "site" has every page as a step.',
    step            LowCardinality(String) COMMENT 'Step visited.',
    step_index      UInt8                  COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    session_id      UUID                   COMMENT 'Session the visit belongs to.',
    user            String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    attempt         UInt16                 COMMENT 'Which attempt at the journey within the session, from 1.',
    visit           UInt16                 COMMENT 'Which visit within the attempt, from 1.',
    entered_at      DateTime64(3, 'UTC')   COMMENT 'Time of the first event on the step.',
    left_at         Nullable(DateTime64(3, 'UTC')) COMMENT 'Time of the event that ended the visit, or of the last event of the session; NULL while open.',
    dwell_ms        Nullable(UInt64)       COMMENT 'left_at - entered_at; NULL while open.',
    outcome         LowCardinality(String) COMMENT 'How the visit ended: advanced, completed, back, dropped, or open until then.',
    exit            Bool                   COMMENT 'Visit of journey "site" on which the session ended: an exit, no drop-off.',
    stalled         Bool                   COMMENT 'The visit is open and its session has been silent for stall_after.',
    entered_midway  Bool                   COMMENT 'The attempt was opened at a later step than the first: counted in scores, not in funnels.',
    skipped         Bool                   COMMENT 'Reached over a required step that was not visited.',
    resumed         Bool                   COMMENT 'The attempt began in an earlier session of the same user, and this one continues it.',
    returned        Bool                   COMMENT 'The attempt was left here and the next session of the same user continued it: no loss yet.',
    segments        Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension, such as device or country.',
    signals         Map(LowCardinality(String), UInt64) COMMENT 'Signals of the visit by kind. With score_weights they give pain.',
    score           Float64                COMMENT 'Friction score of the visit, 0 (none) to 100 (certain hurt).',
    pain            UInt32                 COMMENT 'Pain in millionths: 1 - product over kinds of (1 - weight) ^ min(count, cap).',
    weights_version LowCardinality(String) COMMENT 'Version of the weights behind pain; see score_weights.',
    run             LowCardinality(String) COMMENT 'Run that wrote the row.',
    version         UInt64                 COMMENT '(birth, epoch) that wrote the row, packed.',
    ingested_at     DateTime64(3, 'UTC')   COMMENT 'When ClickHouse took the row.'
)
AS SELECT
    app, journey, step, step_index, session_id, user, attempt, visit, entered_at, left_at,
    if(left_at IS NULL, NULL, toUInt64(greatest(0, toUnixTimestamp64Milli(left_at) - toUnixTimestamp64Milli(entered_at)))) AS dwell_ms,
    outcome, toBool(journey = 'site' AND outcome = 'dropped') AS exit, stalled, entered_midway, skipped, resumed, returned, segments, signals,
    pain / 10000 AS score, pain, weights_version, run, version, ingested_at
FROM {{db}}.step_visits_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'One row per stay of one session on one step.';

CREATE OR REPLACE VIEW {{db}}.signals {{cluster}}
(
    app          LowCardinality(String) COMMENT 'Product or tenant.',
    signal_id    UUID                   COMMENT 'Names the signal.',
    kind         LowCardinality(String) COMMENT 'What was found, such as rage_click or retry.',
    session_id   UUID                   COMMENT 'Session the signal belongs to.',
    user         String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    started_at   DateTime64(3, 'UTC')   COMMENT 'Time of the first event of the signal.',
    ended_at     DateTime64(3, 'UTC')   COMMENT 'Time of the last event of the signal.',
    `count`      UInt32                 COMMENT 'How many of the thing the run holds: clicks, repeats, entries.',
    page         LowCardinality(String) COMMENT 'Page or screen it happened on.',
    target       String                 COMMENT 'Name of the element concerned, empty when there was none.',
    op           String                 COMMENT 'Route or operation concerned, empty when there was none.',
    event_ids    Array(String)          COMMENT 'Ids of the events behind the signal, the first 20.',
    visits       Array(Tuple(journey String, step String, attempt UInt16, visit UInt16)) COMMENT 'Visits the signal counts for, one of each journey that had one open.',
    absorbed_by  LowCardinality(String) COMMENT 'Kind of the signal that already counts these events, empty when none does. An absorbed signal weighs nothing.',
    rule_version LowCardinality(String) COMMENT 'Version of the rule and thresholds that found it.',
    segments     Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension, such as device or country.',
    run          LowCardinality(String) COMMENT 'Run that wrote the row.',
    version      UInt64                 COMMENT '(birth, epoch) that wrote the row, packed.',
    ingested_at  DateTime64(3, 'UTC')   COMMENT 'When ClickHouse took the row.'
)
AS SELECT
    app, signal_id, kind, session_id, user, started_at, ended_at, `count`, page, target, op, event_ids, visits,
    absorbed_by, rule_version, segments, run, version, ingested_at
FROM {{db}}.signals_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'One row per friction finding, with its span, its place and the events behind it.';

CREATE OR REPLACE VIEW {{db}}.step_scores {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to; "site" has every page as a step.',
    step            LowCardinality(String) COMMENT 'Step entered.',
    step_index      UInt8             COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    window_start    DateTime64(3, 'UTC') COMMENT 'Start of the window: visits entered from here on, for window_size_ms.',
    window_size_ms  UInt32            COMMENT 'Length of the window in milliseconds. Windows overlap: to sum over time read step_panes.',
    {{template "score columns"}}
)
AS SELECT app, journey, step, step_index, window_start, window_size_ms,
    {{template "score values"}},
    toBool(open = 0 AND window_start + toIntervalMillisecond(window_size_ms) <= settled_until) AS final
FROM (SELECT {{template "dwell parts"}} FROM
(
    SELECT l.app, l.journey, l.step, l.window_start, l.window_size_ms,
        {{template "summed"}}
    FROM {{db}}.step_windows_log AS l FINAL
    WHERE l.run IN (SELECT run FROM {{db}}.runs_in_force)
    GROUP BY l.app, l.journey, l.step, l.window_start, l.window_size_ms
) AS s)
COMMENT 'One row per step and sliding window, everyone: the friction score and what is behind it.';

CREATE OR REPLACE VIEW {{db}}.step_panes {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to; "site" has every page as a step.',
    step            LowCardinality(String) COMMENT 'Step entered.',
    step_index      UInt8             COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    pane_start      DateTime64(3, 'UTC') COMMENT 'Start of the pane: visits entered from here on, for pane_size_ms.',
    pane_size_ms    UInt32            COMMENT 'Length of the pane in milliseconds. Panes do not overlap: counts and sums add over time.',
    {{template "score columns"}}
)
AS SELECT app, journey, step, step_index, pane_start, pane_size_ms,
    {{template "score values"}},
    toBool(open = 0 AND pane_start + toIntervalMillisecond(pane_size_ms) <= settled_until) AS final
FROM (SELECT {{template "dwell parts"}} FROM
(
    SELECT l.app, l.journey, l.step, l.pane_start, l.pane_size_ms,
        {{template "summed"}}
    FROM {{db}}.step_panes_log AS l FINAL
    WHERE l.run IN (SELECT run FROM {{db}}.runs_in_force) AND l.dimension = ''
    GROUP BY l.app, l.journey, l.step, l.pane_start, l.pane_size_ms
) AS s)
COMMENT 'One row per step and pane, everyone, without overlap: for sums over time.';

CREATE OR REPLACE VIEW {{db}}.step_panes_detail {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to; "site" has every page as a step.',
    step            LowCardinality(String) COMMENT 'Step entered.',
    step_index      UInt8             COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    dimension       LowCardinality(String) COMMENT 'Name of the dimension, such as device. Every visit is counted once in each dimension: read one at a time.',
    value           LowCardinality(String) COMMENT 'Value of the dimension; "other" beyond the limit of values.',
    pane_start      DateTime64(3, 'UTC') COMMENT 'Start of the pane: visits entered from here on, for pane_size_ms.',
    pane_size_ms    UInt32            COMMENT 'Length of the pane in milliseconds. Panes do not overlap: counts and sums add over time.',
    {{template "score columns"}}
)
AS SELECT app, journey, step, step_index, dimension, value, pane_start, pane_size_ms,
    {{template "score values"}},
    toBool(open = 0 AND pane_start + toIntervalMillisecond(pane_size_ms) <= settled_until) AS final
FROM (SELECT {{template "dwell parts"}} FROM
(
    SELECT l.app, l.journey, l.step, l.dimension, l.value, l.pane_start, l.pane_size_ms,
        {{template "summed"}}
    FROM {{db}}.step_panes_log AS l FINAL
    WHERE l.run IN (SELECT run FROM {{db}}.runs_in_force) AND l.dimension != ''
    GROUP BY l.app, l.journey, l.step, l.dimension, l.value, l.pane_start, l.pane_size_ms
) AS s)
COMMENT 'One row per step, pane and value of one dimension, without overlap. Read one dimension at a time.';

CREATE OR REPLACE VIEW {{db}}.step_scores_by {{cluster}}
(
    {{template "columns of scores by"}}
)
AS {{template "scores by" ""}}
COMMENT 'Parameters from, to, size_seconds. One row per step and window of the given size, next to each other, for every window that touches [from, to). The size must be a multiple of the pane size. Times are read in the time zone of the session, so that now() is right.';

CREATE OR REPLACE VIEW {{db}}.step_scores_by_on_time {{cluster}}
(
    {{template "columns of scores by"}}
)
AS {{template "scores by" "part = toDateTime64(0, 3, 'UTC') AND"}}
COMMENT 'Parameters from, to, size_seconds. As step_scores_by, without visits of overdue sessions: what was known when it happened. Alerts look at it.';

CREATE OR REPLACE VIEW {{db}}.step_scores_by_value {{cluster}}
(
    {{template "columns of scores by value"}}
)
AS {{template "scores by value" ""}}
COMMENT 'Parameters from, to, size_seconds, dimension, values. As step_scores_by, for the values of one dimension; the long tail beyond the given number of values is folded into "other" after the tasks are summed.';

CREATE OR REPLACE VIEW {{db}}.step_scores_by_value_on_time {{cluster}}
(
    {{template "columns of scores by value"}}
)
AS {{template "scores by value" "part = toDateTime64(0, 3, 'UTC') AND"}}
COMMENT 'Parameters from, to, size_seconds, dimension, values. As step_scores_by_value, without visits of overdue sessions.';

CREATE OR REPLACE VIEW {{db}}.late_events {{cluster}}
(
    topic       LowCardinality(String) COMMENT 'Topic the record came from.',
    `partition` UInt16                 COMMENT 'Partition the record came from.',
    `offset`    Int64                  COMMENT 'Offset of the record.',
    record_time DateTime64(3, 'UTC')   COMMENT 'Timestamp of the record.',
    event_time  DateTime64(3, 'UTC')   COMMENT 'Time of the event itself.',
    app         LowCardinality(String) COMMENT 'Product or tenant.',
    user        String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    type        LowCardinality(String) COMMENT 'Type of the event.',
    page        LowCardinality(String) COMMENT 'Page or screen of the event.',
    event_id    String                 COMMENT 'Id of the event.',
    late_by_ms  Int64                  COMMENT 'How far the event lay behind the time in force when it came, in milliseconds.',
    run         LowCardinality(String) COMMENT 'Run that wrote the row.',
    version     UInt64                 COMMENT '(birth, epoch) that wrote the row, packed.',
    ingested_at DateTime64(3, 'UTC')   COMMENT 'When ClickHouse took the row.'
)
AS SELECT topic, `partition`, `offset`, record_time, event_time, app, user, type, page, event_id, late_by_ms, run, version, ingested_at
FROM {{db}}.late_events_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'Events set aside because their session was closed for good when they came.';

CREATE OR REPLACE VIEW {{db}}.rejected_events {{cluster}}
(
    topic       LowCardinality(String) COMMENT 'Topic the record came from.',
    `partition` UInt16                 COMMENT 'Partition the record came from.',
    `offset`    Int64                  COMMENT 'Offset of the record.',
    record_time DateTime64(3, 'UTC')   COMMENT 'Timestamp of the record.',
    reason      LowCardinality(String) COMMENT 'Why the record could not become an event, such as malformed or time_future.',
    detail      String                 COMMENT 'Where, and what was expected; never what the record held.',
    bytes       UInt32                 COMMENT 'Size of the record.',
    run         LowCardinality(String) COMMENT 'Run that wrote the row.',
    version     UInt64                 COMMENT '(birth, epoch) that wrote the row, packed.',
    ingested_at DateTime64(3, 'UTC')   COMMENT 'When ClickHouse took the row.'
)
AS SELECT topic, `partition`, `offset`, record_time, reason, detail, bytes, run, version, ingested_at
FROM {{db}}.rejected_events_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'Records set aside because they could not become events.';

CREATE OR REPLACE VIEW {{db}}.progress {{cluster}}
(
    `group`         LowCardinality(String) COMMENT 'Consumer group of the workers.',
    task            UInt16                 COMMENT 'Partition of the input topics.',
    tasks           UInt16                 COMMENT 'How many tasks the run has in all; 0 when not known.',
    watermark       DateTime64(3, 'UTC')   COMMENT 'Event time up to which the task has seen all it waits for. The least of all tasks says up to when the numbers are complete.',
    rows_until      DateTime64(3, 'UTC')   COMMENT 'Watermark up to which windows and panes have been written.',
    settle_ms       UInt64                 COMMENT 'How long after its end a window can still change by the end of sessions: gap + grace.',
    wall_clock      DateTime64(3, 'UTC')   COMMENT 'Clock of the worker at its last epoch.',
    behind_ms       Int64                  COMMENT 'wall_clock - watermark.',
    lag             UInt64                 COMMENT 'Records between the position and the end of the log, over all topics.',
    positions       Array(Tuple(topic String, next Int64, `end` Int64, topic_time DateTime64(3, 'UTC'))) COMMENT 'Per topic: offset of the next record to read, end of the log as last seen, highest event time accepted.',
    birth           UInt64                 COMMENT 'Which claim of the checkpoint log the task lives by; only ever grows.',
    epoch           UInt64                 COMMENT 'Last epoch whose rows are all here.',
    open_sessions   UInt64                 COMMENT 'Sessions held open.',
    state_bytes     UInt64                 COMMENT 'Size of the state in memory.',
    consumed        UInt64                 COMMENT 'Records read since the run began: the sum of the next eight columns.',
    filtered        UInt64                 COMMENT 'Of these, dropped by a filter rule.',
    rejected        UInt64                 COMMENT 'Of these, could not be decoded.',
    late            UInt64                 COMMENT 'Of these, came when their session was closed for good.',
    duplicates      UInt64                 COMMENT 'Of these, their id had been seen in the same session.',
    capped          UInt64                 COMMENT 'Of these, beyond a limit on open sessions, events or ids.',
    unattended      UInt64                 COMMENT 'Of these, of sessions in which nobody did anything: they are in no session.',
    pending         UInt64                 COMMENT 'Of these, read and not yet taken by the engine, or in a session in which nobody has done anything yet.',
    in_sessions     UInt64                 COMMENT 'Of these, taken into a session, open or closed.',
    unaccounted     Int64                  COMMENT 'consumed less the eight columns after it. Always 0; anything else is a fault of the program.',
    late_joined     UInt64                 COMMENT 'Joined their session too old to be seen by visits and detectors.',
    idle_overtaken  UInt64                 COMMENT 'Came behind a watermark that idleness had moved.',
    clock_ahead     UInt64                 COMMENT 'Had a clock ahead of the record time, which took its place.',
    foreign_key     UInt64                 COMMENT 'Had a record key that was not the user of the event.',
    unknown_fields  UInt64                 COMMENT 'Fields of no known name and no scalar value.',
    other_steps     UInt64                 COMMENT 'Pages beyond the limit of pages, counted under step "other".',
    other_values    UInt64                 COMMENT 'Visits counted under value "other" of a dimension.',
    sessions_opened UInt64                 COMMENT 'Sessions opened since the run began.',
    sessions_closed UInt64                 COMMENT 'Sessions closed since the run began.',
    visits          UInt64                 COMMENT 'Visits begun since the run began.',
    signals         UInt64                 COMMENT 'Signals found since the run began.',
    by_reason       Map(LowCardinality(String), UInt64) COMMENT 'Rejected and late records by reason.',
    config_revision LowCardinality(String) COMMENT 'Revision of the configuration in force.',
    run             LowCardinality(String) COMMENT 'Run the task works for.',
    version         UInt64                 COMMENT '(birth, epoch) that wrote the row, packed.',
    ingested_at     DateTime64(3, 'UTC')   COMMENT 'When ClickHouse took the row.'
)
AS SELECT
    `group`, task, tasks, watermark, rows_until, settle_ms, wall_clock,
    toUnixTimestamp64Milli(wall_clock) - toUnixTimestamp64Milli(watermark) AS behind_ms,
    toUInt64(arraySum(p -> greatest(0, p.`end` - p.next), positions)) AS lag,
    positions, birth, epoch, open_sessions, state_bytes,
    consumed, filtered, rejected, late, duplicates, capped, unattended, pending, in_sessions,
    toInt64(consumed) - toInt64(filtered + rejected + late + duplicates + capped + unattended + pending + in_sessions) AS unaccounted,
    late_joined, idle_overtaken, clock_ahead, foreign_key, unknown_fields, other_steps, other_values,
    sessions_opened, sessions_closed, visits, signals, by_reason, config_revision, run, version, ingested_at
FROM {{db}}.progress_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'One row per task: up to when the numbers are complete, how far behind it is, and what became of every record.';

CREATE OR REPLACE VIEW {{db}}.score_weights {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant the weights were measured on; empty for all.',
    weights_version LowCardinality(String) COMMENT 'Version that rows name in their column weights_version.',
    kind            LowCardinality(String) COMMENT 'Kind of signal.',
    weight          Float64                COMMENT 'Chance that one such signal is enough to hurt, 0 to 1.',
    cap             UInt32                 COMMENT 'Signals of the kind beyond this number add nothing to a visit.',
    registered_at   DateTime64(3, 'UTC')   COMMENT 'When the version was first used.'
)
AS SELECT app, weights_version, kind, weight, cap, registered_at FROM {{db}}.score_weights_log FINAL
COMMENT 'What each version of the weights means.';

CREATE OR REPLACE VIEW {{db}}.journeys {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant; empty for all.',
    config_revision LowCardinality(String) COMMENT 'Revision of the configuration that defined the step, as in progress.',
    journey         LowCardinality(String) COMMENT 'Name of the journey.',
    step_index      UInt16                 COMMENT 'Place of the step in its journey, from 0.',
    step            LowCardinality(String) COMMENT 'Name of the step.',
    rule            String                 COMMENT 'Match rule of the step, as JSON.',
    required        Bool                   COMMENT 'Whether the step must be visited to get on.',
    mode            LowCardinality(String) COMMENT 'How order is judged: free, ordered, strict or any_order.',
    registered_at   DateTime64(3, 'UTC')   COMMENT 'When the revision was first used.'
)
AS SELECT app, config_revision, journey, step_index, step, rule, required, mode, registered_at FROM {{db}}.journeys_log FINAL
COMMENT 'What each revision of the journeys means, one row a step.';

CREATE OR REPLACE VIEW {{db}}.alerts {{cluster}}
(
    app            LowCardinality(String) COMMENT 'Product or tenant.',
    alert_id       UUID                   COMMENT 'Names the alert from being raised until being resolved.',
    rule           LowCardinality(String) COMMENT 'Rule that raised it.',
    state          LowCardinality(String) COMMENT 'raised, updated or resolved.',
    severity       LowCardinality(String) COMMENT 'How urgent the rule says it is.',
    journey        LowCardinality(String) COMMENT 'Journey concerned.',
    step           LowCardinality(String) COMMENT 'Step concerned.',
    dimension      LowCardinality(String) COMMENT 'Dimension concerned; empty for everyone.',
    value          LowCardinality(String) COMMENT 'Value of the dimension; empty for everyone.',
    metric         LowCardinality(String) COMMENT 'What was watched, such as score.',
    observed       Float64                COMMENT 'What was seen.',
    expected       Float64                COMMENT 'What history made likely.',
    threshold      Float64                COMMENT 'Bound that was crossed.',
    visits         UInt64                 COMMENT 'Visits behind the observation.',
    window_start   DateTime64(3, 'UTC')   COMMENT 'Start of the window of the observation.',
    window_size_ms UInt32                 COMMENT 'Length of that window in milliseconds.',
    raised_at      DateTime64(3, 'UTC')   COMMENT 'When the alert was raised.',
    updated_at     DateTime64(3, 'UTC')   COMMENT 'When it last changed.',
    resolved_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was resolved; NULL until then.',
    detail         String                 COMMENT 'Explanation for people.'
)
AS SELECT app, alert_id, rule, state, severity, journey, step, dimension, value, metric, observed, expected, threshold, visits,
    window_start, window_size_ms, raised_at, updated_at, resolved_at, detail
FROM {{db}}.alerts_log FINAL
COMMENT 'One row per alert, as it stands.';
