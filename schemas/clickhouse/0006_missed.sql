-- Records that were gone before they could be read are told where the numbers are.

ALTER TABLE {{db}}.progress_log {{cluster}} ADD COLUMN IF NOT EXISTS missed UInt64 COMMENT 'Records that retention removed before they could be read, since the run began: they are lost. They are not among consumed.';

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
    late            UInt64                 COMMENT 'Of these, came too late to count.',
    duplicates      UInt64                 COMMENT 'Of these, their id had been seen in the same session.',
    capped          UInt64                 COMMENT 'Of these, beyond a limit on open sessions, events or ids.',
    unattended      UInt64                 COMMENT 'Of these, of sessions in which nobody did anything: they are in no session.',
    pending         UInt64                 COMMENT 'Of these, read and not yet taken by the engine, or in a session in which nobody has done anything yet.',
    in_sessions     UInt64                 COMMENT 'Of these, taken into a session, open or closed.',
    unaccounted     Int64                  COMMENT 'consumed less the eight columns after it. Always 0; anything else is a fault of the program.',
    missed          UInt64                 COMMENT 'Records that retention removed before they could be read, since the run began: they are lost. They are not among consumed.',
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
    toInt64(consumed) - toInt64(filtered + rejected + late + duplicates + capped + unattended + pending + in_sessions) AS unaccounted, missed,
    overdue, late_joined, idle_overtaken, clock_ahead, foreign_key, unknown_fields, other_steps, other_values,
    sessions_opened, sessions_closed, closed_forgotten, attempts_forgotten, visits, signals, by_reason, config_revision, run, version, ingested_at
FROM {{db}}.progress_log FINAL
WHERE run IN (SELECT run FROM {{db}}.runs_in_force)
COMMENT 'One row per task: up to when the numbers are complete, how far behind it is, and what became of every record.';
