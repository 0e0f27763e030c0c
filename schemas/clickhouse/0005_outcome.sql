-- How a retry ended: whether trying again helped, and whether a program or a person tried.

ALTER TABLE {{db}}.signals_log {{cluster}} ADD COLUMN IF NOT EXISTS outcome LowCardinality(String) COMMENT 'How a retry ended: recovered, slow (it succeeded, slowly), failed or unanswered, with _backoff where each try was waited for at least half as long again as the one before; empty for other kinds.';

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
    outcome      LowCardinality(String) COMMENT 'How a retry ended: recovered, slow (it succeeded, slowly), failed or unanswered, with _backoff where each try was waited for at least half as long again as the one before; empty for other kinds.',
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
    app, signal_id, kind, session_id, user, started_at, ended_at, `count`, page, target, op, outcome, event_ids, visits,
    absorbed_by, rule_version, segments, run, version, ingested_at
FROM {{db}}.signals_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'One row per friction finding, with its span, its place and the events behind it.';

CREATE OR REPLACE VIEW {{db}}.session_timeline {{cluster}}
(
    at          DateTime64(3, 'UTC')   COMMENT 'When it began.',
    until       Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended; NULL while open.',
    what        LowCardinality(String) COMMENT 'session, page, step or signal.',
    journey     LowCardinality(String) COMMENT 'Journey of a step.',
    step        LowCardinality(String) COMMENT 'Step.',
    page        LowCardinality(String) COMMENT 'Page or screen of a page or signal; the entry page of a session.',
    kind        LowCardinality(String) COMMENT 'Kind of a signal.',
    target      String                 COMMENT 'Element concerned by a signal.',
    op          String                 COMMENT 'Operation concerned by a signal.',
    `count`     UInt64                 COMMENT 'How many of the thing a signal holds; events of a session.',
    outcome     LowCardinality(String) COMMENT 'How a visit, or a retry, ended; overdue for a session that came long after it happened.',
    absorbed_by LowCardinality(String) COMMENT 'Kind of the signal that already counts the events of this one.',
    score       Float64                COMMENT 'Friction score of the session or visit, 0 to 100.',
    app         LowCardinality(String) COMMENT 'Product or tenant.',
    user        String                 COMMENT 'Key of the session, or its keyed hash when pseudonymised.',
    segments    Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension.'
)
AS SELECT started_at AS at, ended_at AS until, 'session' AS what, '' AS journey, '' AS step, entry_page AS page, '' AS kind, '' AS target, '' AS op,
    toUInt64(events) AS `count`, if(overdue, 'overdue', '') AS outcome, '' AS absorbed_by, score, app, user, segments
FROM {{db}}.sessions WHERE session_id = {session:UUID}
UNION ALL
SELECT entered_at, left_at, if(journey = 'site', 'page', 'step'), if(journey = 'site', '', journey), if(journey = 'site', '', step), if(journey = 'site', step, ''),
    '', '', '', toUInt64(0), if(exit, 'exit', outcome), '', score, app, user, segments
FROM {{db}}.step_visits WHERE session_id = {session:UUID}
UNION ALL
SELECT started_at, ended_at, 'signal', '', '', page, kind, target, op, toUInt64(`count`), outcome, absorbed_by, 0., app, user, segments
FROM {{db}}.signals WHERE session_id = {session:UUID}
COMMENT 'Parameter session. Everything known of one session, to be read in order of at: the session itself once it is closed, pages, steps and signals.';
