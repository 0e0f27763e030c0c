-- Questions: views with parameters for what people ask of steps and funnels. They read the views of 0002_views.sql, and so
-- the runs in force. Times are read in the time zone of the session; an empty app means every app.

CREATE OR REPLACE VIEW {{db}}.journey_steps {{cluster}}
(
    app        LowCardinality(String) COMMENT 'Product or tenant; empty for all.',
    journey    LowCardinality(String) COMMENT 'Name of the journey.',
    step_index UInt16                 COMMENT 'Place of the step in its journey, from 0.',
    step       LowCardinality(String) COMMENT 'Name of the step.',
    required   Bool                   COMMENT 'Whether the step must be visited to get on.',
    mode       LowCardinality(String) COMMENT 'How order is judged: free, ordered, strict or any_order.'
)
AS SELECT j.app, j.journey, j.step_index, j.step, j.required, j.mode
FROM {{db}}.journeys AS j
WHERE j.config_revision IN (SELECT argMax(config_revision, wall_clock) FROM {{db}}.progress GROUP BY `group`)
COMMENT 'The steps of the journeys that workers follow now, one row a step.';

CREATE OR REPLACE VIEW {{db}}.funnel_paths {{cluster}}
(
    app        LowCardinality(String)    COMMENT 'Product or tenant.',
    unit       String                    COMMENT 'Who is counted: a user, or a session id.',
    value      String                    COMMENT 'Value of the dimension by the attribution asked for; empty when none was asked for.',
    reached    UInt8                     COMMENT 'Furthest step, from 1; how many steps in any order.',
    excluded   Bool                      COMMENT 'The furthest attempt met an exclusion: the visitor leaves the funnel.',
    steps      UInt8                     COMMENT 'How many steps the funnel has.',
    times      Array(DateTime64(3, 'UTC')) COMMENT 'When each step was reached; 1970-01-01 for one that was not. In any order: in order of time.',
    sessions   Array(UUID)               COMMENT 'Session in which each step was reached; the zero id for one that was not.',
    started_at DateTime64(3, 'UTC')      COMMENT 'When the attempt began.',
    last_at    DateTime64(3, 'UTC')      COMMENT 'When its furthest step was reached.',
    last_session UUID                    COMMENT 'Session in which that was.'
)
AS WITH
    {{template "funnel steps"}},
    toInt64({window_seconds:UInt32}) * 1000 AS window_ms,
    toUnixTimestamp64Milli({{template "to"}}) AS until_ms
SELECT
    app, unit,
    multiIf(
        {dimension:String} = '', '',
        {attribution:String} = 'all', value_of,
        {attribution:String} = 'first', events[path[1]].7,
        {attribution:String} = 'last', events[path[last]].7,
        path[greatest(1, toUInt8OrZero({attribution:String}))] = 0, '',
        events[path[greatest(1, toUInt8OrZero({attribution:String}))]].7) AS value,
    reached, excluded, toUInt8(length(funnel_steps)) AS steps,
    arrayMap(i -> fromUnixTimestamp64Milli(if(i = 0, toInt64(0), events[i].1), 'UTC'), path) AS times,
    arrayMap(i -> if(i = 0, toUUID('00000000-0000-0000-0000-000000000000'), events[i].8), path) AS sessions,
    fromUnixTimestamp64Milli(events[path[1]].1, 'UTC') AS started_at,
    fromUnixTimestamp64Milli(events[path[last]].1, 'UTC') AS last_at,
    events[path[last]].8 AS last_session
FROM
(
    SELECT app, unit, value_of, events, if({mode:String} = 'any_order', loose.3, walk.4) AS reached,
        toBool({mode:String} != 'any_order' AND walk.5 = 1) AS excluded,
        if({mode:String} = 'any_order', {{template "any order path"}}, {{template "ordered path"}}) AS path,
        arrayLastIndex(i -> i > 0, path) AS last
    FROM
    (
        SELECT app, unit, value_of, events,
            if({mode:String} = 'any_order', {{template "any order walk"}}, (none, none, toUInt8(0), toInt64(0))) AS loose,
            if({mode:String} = 'any_order', (none, none, toInt64(0), toUInt8(0), toUInt8(0), toInt64(0)), {{template "ordered walk"}}) AS walk
        FROM
        (
        SELECT app, unit, value_of, arraySort(e -> (e.1, e.2, e.4, e.5, e.8), groupArrayArray(items)) AS events
        FROM
        (
            SELECT app, unit, if({attribution:String} = 'all', event_value, '') AS value_of, items FROM
            (
                SELECT app, {{template "funnel items"}}
                FROM {{db}}.step_visits
                WHERE {app:String} IN ('', app) AND entered_at >= {{template "from"}} AND entered_at <= {{template "to"}} + toIntervalSecond({window_seconds:UInt32})
                    AND (journey = {journey:String} OR journey = 'site' AND ({mode:String} = 'strict' OR arrayExists(x -> startsWith(x.1, 'page:'), {exclude:Array(Tuple(String, UInt8, UInt8))}))
                        OR arrayExists(x -> x.1 = concat('step:', journey, '/', step), {exclude:Array(Tuple(String, UInt8, UInt8))}))
            )
            UNION ALL
            SELECT app, unit, if({attribution:String} = 'all', event_value, '') AS value_of, items FROM
            (
                SELECT app, {{template "funnel signals"}}
                FROM {{db}}.signals
                WHERE arrayExists(x -> startsWith(x.1, 'signal:'), {exclude:Array(Tuple(String, UInt8, UInt8))}) AND absorbed_by = ''
                    AND {app:String} IN ('', app) AND started_at >= {{template "from"}} AND started_at <= {{template "to"}} + toIntervalSecond({window_seconds:UInt32})
            )
        )
        WHERE notEmpty(items)
        GROUP BY app, unit, value_of
        HAVING if({mode:String} = 'any_order', countIf(arrayExists(e -> e.3 > 0, items)), countIf(arrayExists(e -> e.3 = 1 AND e.6 = 0, items))) > 0
        )
    )
    WHERE if({mode:String} = 'any_order', loose.3, walk.4) > 0
)
COMMENT 'Parameters app, journey, steps (empty: those of the journey), optional, exclude, from, to, window_seconds, mode (ordered, strict, any_order), by (user, session), segment, dimension, attribution (first, last, all, or the number of a step). One row per visitor of a funnel: how far they came, and when. An attempt begins with step 1 in [from, to) and ends window_seconds later, inclusive. exclude lists (what, from, to): what is page:/help, step:journey/step or signal:kind, and meeting it while at a step from … to - 1 taints the attempt.';

CREATE OR REPLACE VIEW {{db}}.funnel {{cluster}}
(
    value          String            COMMENT 'Value of the dimension; empty when none was asked for.',
    number         UInt8             COMMENT 'Number of the step, from 1.',
    step           String            COMMENT 'Step; in any order "any 2 of 4".',
    visitors       UInt64            COMMENT 'Visitors who reached it.',
    of_first       Float64           COMMENT 'Share of the visitors of the first step, 0 to 1.',
    of_previous    Float64           COMMENT 'Share of the visitors of the required step before, 0 to 1; 1 for the first.',
    dropped        UInt64            COMMENT 'Visitors who came no further; 0 for the last step.',
    undecided      UInt64            COMMENT 'Of these, whose window is not over yet: they may still go on.',
    excluded       UInt64            COMMENT 'Visitors of this value who left the funnel because of an exclusion; the same on every row.',
    from_first_p50_ms    Nullable(Float64) COMMENT 'Median time since the first step; NULL without visitors and for the first step.',
    from_first_p90_ms    Nullable(Float64) COMMENT '90th percentile of it.',
    from_previous_mean_ms Nullable(Float64) COMMENT 'Mean time since the last step before it that was reached.',
    from_previous_p50_ms Nullable(Float64) COMMENT 'Median of it.',
    from_previous_p90_ms Nullable(Float64) COMMENT '90th percentile of it.'
)
AS WITH
    {{template "funnel steps"}},
    {{template "complete until"}} AS complete_until,
    arrayMap(t -> toUnixTimestamp64Milli(t), times) AS at
SELECT value, number, step, visitors, if(first = 0, 0, visitors / first) AS of_first,
    if(number = 1, 1, if(base = 0, 0, visitors / base)) AS of_previous,
    dropped, undecided, excluded, from_first_p50_ms, from_first_p90_ms, from_previous_mean_ms, from_previous_p50_ms, from_previous_p90_ms
FROM
(
    SELECT value, number,
        if({mode:String} = 'any_order', concat('any ', toString(number), ' of ', toString(length(funnel_steps))), funnel_steps[number]) AS step,
        countIf(reached_at > 0 AND NOT left) AS visitors,
        countIf(reached = number AND number < steps AND NOT left) AS dropped,
        countIf(reached = number AND number < steps AND NOT left AND started + toInt64({window_seconds:UInt32}) * 1000 > toUnixTimestamp64Milli(complete_until)) AS undecided,
        countIf(left) AS excluded,
        if(visitors = 0 OR number = 1, NULL, quantileExactInclusiveIf(0.5)(reached_at - started, reached_at > 0 AND NOT left)) AS from_first_p50_ms,
        if(visitors = 0 OR number = 1, NULL, quantileExactInclusiveIf(0.9)(reached_at - started, reached_at > 0 AND NOT left)) AS from_first_p90_ms,
        if(visitors = 0 OR number = 1, NULL, avgIf(reached_at - earlier, reached_at > 0 AND NOT left)) AS from_previous_mean_ms,
        if(visitors = 0 OR number = 1, NULL, quantileExactInclusiveIf(0.5)(reached_at - earlier, reached_at > 0 AND NOT left)) AS from_previous_p50_ms,
        if(visitors = 0 OR number = 1, NULL, quantileExactInclusiveIf(0.9)(reached_at - earlier, reached_at > 0 AND NOT left)) AS from_previous_p90_ms,
        any(if({mode:String} = 'any_order', toUInt8(greatest(1, number - 1)), before[number])) AS previous,
        first_value(visitors) OVER (PARTITION BY value ORDER BY number) AS first,
        groupArray(visitors) OVER (PARTITION BY value ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)[previous] AS base
    FROM
    (
        SELECT value, reached, excluded AS left, steps, toUnixTimestamp64Milli(started_at) AS started, number, reached_at, earlier
        FROM {{db}}.funnel_paths({{template "funnel arguments"}})
        ARRAY JOIN
            arrayMap(k -> toUInt8(k), arrayEnumerate(times)) AS number, at AS reached_at,
            arrayMap(k -> arrayLast(t -> t > 0, arraySlice(at, 1, k - 1)), arrayEnumerate(at)) AS earlier
    )
    GROUP BY value, number
)
COMMENT 'Parameters as of funnel_paths. One row per step (and value): who reached it, who came no further, and how long it took.';

CREATE OR REPLACE VIEW {{db}}.funnel_times {{cluster}}
(
    from_ms  Int64  COMMENT 'Shortest time of the bin.',
    to_ms    Int64  COMMENT 'End of the bin, which does not belong to it.',
    visitors UInt64 COMMENT 'Visitors who took so long.'
)
AS SELECT shortest + bin * width AS from_ms, if(bin + 1 = {bins:UInt16}, longest + 1, shortest + (bin + 1) * width) AS to_ms, toUInt64(countEqual(in_bin, bin)) AS visitors
FROM
(
    SELECT min(took) AS shortest, greatest(max(took), shortest + width * {bins:UInt16} - 1) AS longest,
        greatest(1, intDiv(toInt64(quantileExactHigh(0.95)(took)) - shortest + {bins:UInt16}, {bins:UInt16})) AS width,
        arrayMap(x -> least({bins:UInt16} - 1, intDiv(x - shortest, width)), groupArray(took)) AS in_bin
    FROM
    (
        SELECT toUnixTimestamp64Milli(times[{to_step:UInt8}]) - toUnixTimestamp64Milli(times[{from_step:UInt8}]) AS took
        FROM {{db}}.funnel_paths({{template "funnel arguments"}})
        WHERE NOT excluded AND toUnixTimestamp64Milli(times[{to_step:UInt8}]) > 0 AND toUnixTimestamp64Milli(times[{from_step:UInt8}]) > 0
    )
    HAVING count() > 0
)
ARRAY JOIN range({bins:UInt16}) AS bin
COMMENT 'Parameters as of funnel_paths, and from_step, to_step, bins. Histogram of the time from one step to another: bins of equal width from the shortest time to the 95th percentile; the last holds all that is longer, too.';

CREATE OR REPLACE VIEW {{db}}.funnel_next {{cluster}}
(
    number    UInt8   COMMENT 'Furthest step reached, from 1.',
    next_page String  COMMENT 'Page of the same session entered next; empty when there was none.',
    gone      Bool    COMMENT 'There was none: the session ended.',
    visitors  UInt64  COMMENT 'Visitors of whom that is true.',
    share     Float64 COMMENT 'Of all who came no further than this step, 0 to 1.'
)
AS SELECT number, next_page, gone, count() AS visitors, visitors / sum(visitors) OVER (PARTITION BY number) AS share
FROM
(
    SELECT p.unit, p.value, p.reached AS number, toBool(countIf(v.entered_at > p.last_at) = 0) AS gone,
        if(gone, '', argMinIf(v.step, v.entered_at, v.entered_at > p.last_at)) AS next_page
    FROM (SELECT unit, value, reached, last_at, last_session FROM {{db}}.funnel_paths({{template "funnel arguments"}}) WHERE NOT excluded AND reached < steps) AS p
    LEFT JOIN
    (
        SELECT session_id, step, entered_at FROM {{db}}.step_visits
        WHERE journey = 'site' AND {app:String} IN ('', app) AND entered_at >= {{template "from"}}
            AND entered_at <= {{template "to"}} + toIntervalSecond({window_seconds:UInt32}) + toIntervalDay(1)
    ) AS v ON v.session_id = p.last_session
    GROUP BY p.unit, p.value, p.reached, p.last_at
)
GROUP BY number, next_page, gone
COMMENT 'Parameters as of funnel_paths. What visitors who dropped out of a funnel did next: one row per furthest step and page.';

CREATE OR REPLACE VIEW {{db}}.step_totals {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to; "site" has every page as a step.',
    step            LowCardinality(String) COMMENT 'Step entered.',
    step_index      UInt8             COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    {{template "score columns"}}
)
AS SELECT app, journey, step, step_index,
    {{template "score values"}},
    toBool(open = 0 AND {{template "to"}} <= settled_until) AS final
FROM (SELECT {{template "dwell parts"}} FROM
(
    SELECT l.app, l.journey, l.step,
        {{template "summed"}}
    FROM {{db}}.step_panes_log AS l FINAL
    WHERE l.run IN (SELECT run FROM {{db}}.runs_in_force) AND l.dimension = '' AND l.pane_start >= {{template "from"}} AND l.pane_start < {{template "to"}}
    GROUP BY l.app, l.journey, l.step
) AS s)
COMMENT 'Parameters from, to. One row per step: all panes that begin in [from, to) together, everyone.';

CREATE OR REPLACE VIEW {{db}}.step_totals_by_value {{cluster}}
(
    app             LowCardinality(String) COMMENT 'Product or tenant.',
    journey         LowCardinality(String) COMMENT 'Journey the step belongs to; "site" has every page as a step.',
    step            LowCardinality(String) COMMENT 'Step entered.',
    step_index      UInt8             COMMENT 'Place of the step in its journey, from 0; always 0 in "site".',
    dimension       LowCardinality(String) COMMENT 'Name of the dimension asked for.',
    value           LowCardinality(String) COMMENT 'Value of the dimension; "other" beyond the limit of values.',
    {{template "score columns"}}
)
AS SELECT app, journey, step, step_index, dimension, value,
    {{template "score values"}},
    toBool(open = 0 AND {{template "to"}} <= settled_until) AS final
FROM (SELECT {{template "dwell parts"}} FROM
(
    SELECT l.app, l.journey, l.step, l.dimension, l.value,
        {{template "summed"}}
    FROM {{db}}.step_panes_log AS l FINAL
    WHERE l.run IN (SELECT run FROM {{db}}.runs_in_force) AND l.dimension = {dimension:String} AND l.pane_start >= {{template "from"}} AND l.pane_start < {{template "to"}}
    GROUP BY l.app, l.journey, l.step, l.dimension, l.value
) AS s)
COMMENT 'Parameters from, to, dimension. As step_totals, a row for each value of one dimension.';

CREATE OR REPLACE VIEW {{db}}.friction_places {{cluster}}
(
    app         LowCardinality(String) COMMENT 'Product or tenant.',
    kind        LowCardinality(String) COMMENT 'What was found there, such as rage_click.',
    page        LowCardinality(String) COMMENT 'Page or screen.',
    target      String                 COMMENT 'Element concerned, empty when there was none.',
    op          String                 COMMENT 'Route or operation concerned, empty when there was none.',
    found       UInt64                 COMMENT 'Signals, each run of a thing counted once; absorbed ones left out.',
    occurrences UInt64                 COMMENT 'Clicks, repeats or entries in them.',
    sessions    UInt64                 COMMENT 'Sessions with any of them.',
    users       UInt64                 COMMENT 'Users with any of them.',
    weight      Float64                COMMENT 'What one such signal weighs, by the weights used last; 0 for drop_off.',
    hurt        Float64                COMMENT 'found * weight: rank by this.',
    steps       Array(String)          COMMENT 'Steps of journeys (journey/step) whose visits they count for.',
    first_at    DateTime64(3, 'UTC')   COMMENT 'When the first began.',
    last_at     DateTime64(3, 'UTC')   COMMENT 'When the last began.'
)
AS SELECT s.app, s.kind, s.page, s.target, s.op, count() AS found, sum(s.`count`) AS occurrences, uniqExact(s.session_id) AS sessions, uniqExact(s.user) AS users,
    any(w.weight) AS weight, found * weight AS hurt,
    arraySort(groupUniqArrayArray(arrayMap(v -> concat(v.1, '/', v.2), arrayFilter(v -> v.1 != 'site', s.visits)))) AS steps,
    min(s.started_at) AS first_at, max(s.started_at) AS last_at
FROM {{db}}.signals AS s
LEFT JOIN (SELECT kind, argMax(weight, registered_at) AS weight FROM {{db}}.score_weights GROUP BY kind) AS w ON w.kind = s.kind
WHERE s.started_at >= {{template "from"}} AND s.started_at < {{template "to"}} AND s.absorbed_by = '' AND {{template "in segment"}}
GROUP BY s.app, s.kind, s.page, s.target, s.op
COMMENT 'Parameters from, to, segment (a map of dimension to value; map() for everyone). One row per kind, page, target and operation with any friction that began in [from, to).';

CREATE OR REPLACE VIEW {{db}}.step_sessions {{cluster}}
(
    app        LowCardinality(String) COMMENT 'Product or tenant.',
    session_id UUID                   COMMENT 'Session.',
    user       String                 COMMENT 'Key of the session as the tracker sent it, or its keyed hash when pseudonymised.',
    entered_at DateTime64(3, 'UTC')   COMMENT 'When it entered the step, on the visit that hurt most.',
    dwell_ms   Nullable(UInt64)       COMMENT 'How long that visit was; NULL while open.',
    outcome    LowCardinality(String) COMMENT 'How it ended.',
    stalled    Bool                   COMMENT 'It is open and its session silent.',
    score      Float64                COMMENT 'Friction score of that visit, 0 to 100.',
    signals    Map(LowCardinality(String), UInt64) COMMENT 'Signals of that visit by kind.',
    segments   Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension.',
    visits     UInt64                 COMMENT 'Visits of the session that fit.'
)
AS SELECT app, session_id, worst.1 AS user, worst.2 AS entered_at, worst.3 AS dwell_ms, worst.4 AS outcome, worst.5 AS stalled, worst.6 AS score,
    worst.7 AS signals, worst.8 AS segments, visits
FROM
(
    SELECT app, session_id, argMax((user, entered_at, dwell_ms, outcome, stalled, score, signals, segments), (pain, entered_at)) AS worst, count() AS visits
    FROM {{db}}.step_visits
    WHERE journey = {journey:String} AND {step:String} IN ('', step) AND entered_at >= {{template "from"}} AND entered_at < {{template "to"}}
        AND {outcome:String} IN ('', outcome) AND ({signal:String} = '' OR signals[{signal:String}] > 0) AND {{template "in segment"}}
    GROUP BY app, session_id
)
COMMENT 'Parameters journey, step (empty: any), from, to, outcome (empty: any), signal (a kind; empty: any), segment. The sessions behind a number of a step: one row per session with a visit entered in [from, to) that fits.';

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
    outcome     LowCardinality(String) COMMENT 'How a visit ended.',
    absorbed_by LowCardinality(String) COMMENT 'Kind of the signal that already counts the events of this one.',
    score       Float64                COMMENT 'Friction score of the session or visit, 0 to 100.',
    app         LowCardinality(String) COMMENT 'Product or tenant.',
    user        String                 COMMENT 'Key of the session, or its keyed hash when pseudonymised.',
    segments    Map(LowCardinality(String), String) COMMENT 'Value of each configured dimension.'
)
AS SELECT started_at AS at, ended_at AS until, 'session' AS what, '' AS journey, '' AS step, entry_page AS page, '' AS kind, '' AS target, '' AS op,
    toUInt64(events) AS `count`, '' AS outcome, '' AS absorbed_by, score, app, user, segments
FROM {{db}}.sessions WHERE session_id = {session:UUID}
UNION ALL
SELECT entered_at, left_at, if(journey = 'site', 'page', 'step'), if(journey = 'site', '', journey), if(journey = 'site', '', step), if(journey = 'site', step, ''),
    '', '', '', toUInt64(0), if(exit, 'exit', outcome), '', score, app, user, segments
FROM {{db}}.step_visits WHERE session_id = {session:UUID}
UNION ALL
SELECT started_at, ended_at, 'signal', '', '', page, kind, target, op, toUInt64(`count`), '', absorbed_by, 0., app, user, segments
FROM {{db}}.signals WHERE session_id = {session:UUID}
COMMENT 'Parameter session. Everything known of one session, to be read in order of at: the session itself once it is closed, pages, steps and signals.';

CREATE OR REPLACE VIEW {{db}}.impact_strata {{cluster}}
(
    app         LowCardinality(String) COMMENT 'Product or tenant.',
    journey     LowCardinality(String) COMMENT 'Journey.',
    step        LowCardinality(String) COMMENT 'Step.',
    step_index  UInt8                  COMMENT 'Place of the step in its journey, from 0.',
    stratum     Array(String)          COMMENT 'What its attempts have in common: values of the dimensions asked for, whether they came midway, whether they had been hurt on an earlier step.',
    stayed_ms   UInt64                 COMMENT 'How long they had been on the step: 0, or a power of two of seconds. Attempts hurt are in the row of the longest such time before they were hurt, the others in every row up to when they left.',
    hit         UInt64                 COMMENT 'Attempts hurt on this step.',
    hit_done    UInt64                 COMMENT 'Of these, completed.',
    spared      UInt64                 COMMENT 'Attempts not hurt on this step that were still there.',
    spared_done UInt64                 COMMENT 'Of these, completed.'
)
AS SELECT app, journey, step, any(index) AS step_index, stratum, if(level = 0, 0, toUInt64(1000 * exp2(level - 1))) AS stayed_ms,
    countIf(hurt) AS hit, countIf(hurt AND done) AS hit_done, countIf(NOT hurt) AS spared, countIf(NOT hurt AND done) AS spared_done
FROM
(
    SELECT a.app AS app, a.journey AS journey, a.step AS step, a.index AS index, a.stratum AS stratum, a.hurt AS hurt, a.done AS done,
        if(hurt, if(h.first_hurt = 0, 0, h.first_hurt - a.began), a.stay) AS until_ms,
        toUInt8(if(until_ms < 1000, 0, least(12, floor(log2(until_ms / 1000)) + 1))) AS reached
    FROM
    (
        SELECT app, journey, session_id, attempt, step, any(step_index) AS index, max(hurts) AS hurt, any(completed) AS done,
            min(toUnixTimestamp64Milli(entered_at)) AS began, max(toUnixTimestamp64Milli(ifNull(left_at, entered_at + toIntervalDay(1)))) - began AS stay,
            arrayConcat(arrayMap(d -> any(segments)[d], {dimensions:Array(String)}), [if(any(entered_midway), 'midway', ''), if(min(before) > 0, 'hurt before', '')]) AS stratum
        FROM
        (
            SELECT app, journey, session_id, attempt, step, step_index, entered_at, left_at, entered_midway, segments,
                if({signal:String} = '', pain > 0, signals[{signal:String}] > 0) AS hurts,
                max(outcome = 'completed') OVER whole AS completed,
                max(outcome = 'open') OVER whole AS unfinished,
                sum(pain) OVER (PARTITION BY app, journey, session_id, attempt ORDER BY visit ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM {{db}}.step_visits
            WHERE journey = {journey:String} AND {app:String} IN ('', app) AND entered_at >= {{template "from"}} AND entered_at < {{template "to"}} + toIntervalDay(1)
            WINDOW whole AS (PARTITION BY app, journey, session_id, attempt)
        )
        WHERE NOT unfinished OR completed
        GROUP BY app, journey, session_id, attempt, step
        HAVING began < toUnixTimestamp64Milli({{template "to"}})
    ) AS a
    LEFT JOIN
    (
        SELECT session_id, v.2 AS step, v.3 AS attempt, min(toUnixTimestamp64Milli(started_at)) AS first_hurt
        FROM {{db}}.signals
        ARRAY JOIN visits AS v
        WHERE v.1 = {journey:String} AND absorbed_by = '' AND {app:String} IN ('', app) AND ({signal:String} = kind OR {signal:String} = ''
                AND kind NOT IN (SELECT kind FROM {{db}}.score_weights GROUP BY kind HAVING max(weight) = 0))
            AND started_at >= {{template "from"}} AND started_at < {{template "to"}} + toIntervalDay(1)
        GROUP BY session_id, step, attempt
    ) AS h ON h.session_id = a.session_id AND h.step = a.step AND h.attempt = a.attempt
)
ARRAY JOIN if(hurt, [reached], range(toUInt8(0), toUInt8(reached + 1))) AS level
GROUP BY app, journey, step, stratum, level
COMMENT 'Parameters app, journey, from, to, dimensions, signal (a kind; empty: any pain). What impact compares: attempts that entered a step in [from, to) and are over, by what they have in common and how long they had been there.';

CREATE OR REPLACE VIEW {{db}}.impact {{cluster}}
(
    app          LowCardinality(String) COMMENT 'Product or tenant.',
    journey      LowCardinality(String) COMMENT 'Journey.',
    step         LowCardinality(String) COMMENT 'Step.',
    step_index   UInt8   COMMENT 'Place of the step in its journey, from 0.',
    hit          UInt64  COMMENT 'Attempts hurt on this step.',
    spared       UInt64  COMMENT 'Attempts not hurt on this step.',
    hit_rate     Float64 COMMENT 'Share of the hurt that completed, 0 to 1.',
    spared_rate  Float64 COMMENT 'Share that would have, at the rate of the spared who are like them and were there as long.',
    unmatched    UInt64  COMMENT 'Attempts hurt with nobody to compare with: not counted in lost.',
    lost         Float64 COMMENT 'Conversions lost: how many more of the hurt would have completed.',
    lost_se      Float64 COMMENT 'Standard error of lost.',
    lost_low     Float64 COMMENT 'Lower end of the 95 % interval of lost.',
    lost_high    Float64 COMMENT 'Upper end of it.',
    few_spared   Bool    COMMENT 'Fewer than a third of the attempts were spared: they are a special few, and lost is what friction cost at least.',
    before       UInt64  COMMENT 'Attempts that entered the step in the time of the same length before.',
    before_rate  Nullable(Float64) COMMENT 'Share of these that completed; NULL when there were none.',
    lost_to_before Nullable(Float64) COMMENT 'How many more of the attempts now, hurt or not, would have completed at that rate; whatever changed the rate is in it.',
    lost_to_before_se Nullable(Float64) COMMENT 'Standard error of it.'
)
AS SELECT now.app, now.journey, now.step, now.step_index, now.hit, now.spared, now.hit_rate, now.spared_rate, now.unmatched, now.lost, now.lost_se, now.lost_low, now.lost_high,
    toBool(now.spared * 3 < now.hit + now.spared) AS few_spared, past.attempts AS before, if(before = 0, NULL, past.done / before) AS before_rate,
    (now.hit + now.spared) * before_rate - now.done AS lost_to_before,
    (now.hit + now.spared) * sqrt(before_rate * (1 - before_rate) / greatest(1, before) + now.rate * (1 - now.rate) / (now.hit + now.spared)) AS lost_to_before_se
FROM
(
    SELECT app, journey, step, any(i) AS step_index, toUInt64(sum(hurt)) AS hit, toUInt64(sum(others)) AS spared,
        sum(matched_done) / greatest(1, sum(matched)) AS hit_rate, sum(would) / greatest(1, sum(matched)) AS spared_rate,
        toUInt64(sum(hurt) - sum(matched)) AS unmatched, sum(would) - sum(matched_done) AS lost,
        sqrt(sum(of_rate * of_rate + of_people)) AS lost_se, lost - 1.96 * lost_se AS lost_low, lost + 1.96 * lost_se AS lost_high,
        sum(all_done) AS done, done / (hit + spared) AS rate
    FROM
    (
        SELECT app, journey, step, stratum, any(step_index) AS i, sum(n) AS hurt, sumIf(m, stayed_ms = 0) AS others, sumIf(n, m > 0) AS matched,
            sum(y) + sumIf(spared_done, stayed_ms = 0) AS all_done,
            sumIf(y, m > 0) AS matched_done, sumIf(n * rate, m > 0) AS would,
            sumIf(n * sqrt(smooth * (1 - smooth) / m), m > 0) AS of_rate, sumIf(n * smooth * (1 - smooth), m > 0) AS of_people
        FROM
        (
            SELECT app, journey, step, step_index, stratum, stayed_ms, toFloat64(hit) AS n, toFloat64(hit_done) AS y, toFloat64(spared) AS m, spared_done,
                spared_done / greatest(1, spared) AS rate, (spared_done + 1) / (spared + 2) AS smooth
            FROM {{db}}.impact_strata(app = {app:String}, journey = {journey:String}, from = {{template "from"}}, to = {{template "to"}}, dimensions = {dimensions:Array(String)}, signal = {signal:String})
        )
        GROUP BY app, journey, step, stratum
    )
    GROUP BY app, journey, step
    HAVING hit > 0
) AS now
LEFT JOIN
(
    SELECT app, journey, step, sum(hit) + sumIf(spared, stayed_ms = 0) AS attempts, sum(hit_done) + sumIf(spared_done, stayed_ms = 0) AS done
    FROM {{db}}.impact_strata(app = {app:String}, journey = {journey:String}, from = {{template "from"}} - toIntervalMillisecond(dateDiff('millisecond', {{template "from"}}, {{template "to"}})), to = {{template "from"}}, dimensions = {dimensions:Array(String)}, signal = {signal:String})
    GROUP BY app, journey, step
) AS past USING (app, journey, step)
COMMENT 'Parameters as of impact_strata. Conversions lost to friction, one row per step with any: attempts hurt on the step against the others of their stratum that were there as long. It assumes that among those, friction strikes without regard to who would have completed; where few are spared (few_spared) compare with lost_to_before.';

CREATE OR REPLACE VIEW {{db}}.spikes {{cluster}}
(
    app          LowCardinality(String) COMMENT 'Product or tenant.',
    journey      LowCardinality(String) COMMENT 'Journey.',
    step         LowCardinality(String) COMMENT 'Step.',
    step_index   UInt8                  COMMENT 'Place of the step in its journey, from 0.',
    window_start DateTime64(3, 'UTC')   COMMENT 'Start of the current window, size_seconds before at.',
    visits       UInt64                 COMMENT 'Visits that entered the step in the current window.',
    affected     UInt64                 COMMENT 'Visits with any pain.',
    score        Float64                COMMENT 'Friction score of the current window, 0 to 100.',
    score_se     Float64                COMMENT 'Its standard error; 0 for fewer than two visits.',
    usual        Float64                COMMENT 'Median score of the windows of history that count.',
    spread       Float64                COMMENT 'How far they lie from it: 1.4826 * median absolute deviation, at least 1.',
    history      UInt64                 COMMENT 'How many windows of history count: those with min_visits visits, and, where there are 8 such, within an hour of the same time of day.',
    above        Float64                COMMENT 'score - usual.',
    deviations   Float64                COMMENT 'above in units of the noise: sqrt(spread^2 + score_se^2).',
    stands_out   Bool                   COMMENT 'At least min_visits visits, 8 windows of history, 5 points and 3 deviations above the usual.'
)
AS SELECT app, journey, step, any_index AS step_index, {{template "at"}} - toIntervalSecond({size_seconds:UInt32}) AS window_start, visits, affected, score, score_se,
    if(history = 0, 0, arrayReduce('quantileExactInclusive(0.5)', counting)) AS usual,
    greatest(1, if(history = 0, 0, 1.4826 * arrayReduce('quantileExactInclusive(0.5)', arrayMap(x -> abs(x - usual), counting)))) AS spread,
    length(counting) AS history, score - usual AS above, above / sqrt(spread * spread + score_se * score_se) AS deviations,
    toBool(visits >= {min_visits:UInt32} AND history >= 8 AND above >= 5 AND deviations >= 3) AS stands_out
FROM
(
    SELECT app, journey, step, max(i) AS any_index, sumIf(n, back = 0) AS visits, sumIf(hurt, back = 0) AS affected, sumIf(mean, back = 0) AS score, sumIf(se, back = 0) AS score_se,
        groupArrayIf(mean, back > 0 AND n >= {min_visits:UInt32}) AS all_windows,
        groupArrayIf(mean, back > 0 AND n >= {min_visits:UInt32} AND (back * {size_seconds:UInt32} % 86400 <= 3600 OR back * {size_seconds:UInt32} % 86400 >= 82800)) AS same_time,
        if(length(same_time) >= 8, same_time, all_windows) AS counting
    FROM
    (
        SELECT app, journey, step, max(step_index) AS i,
            intDiv(toUnixTimestamp64Milli({{template "at"}}) - toUnixTimestamp64Milli(pane_start) - pane_size_ms, toInt64({size_seconds:UInt32}) * 1000) AS back,
            sum(visits) AS n, sum(affected) AS hurt, sum(pain_sum) AS pain, sum(pain_sq_sum) AS pain_sq, pain / n / 10000 AS mean,
            if(n < 2, 0, sqrt(greatest(0., pain_sq * 1e6 - pain * 1. * pain / n) / (n - 1) / n) / 10000) AS se
        FROM {{db}}.step_panes_log FINAL
        WHERE run IN (SELECT run FROM {{db}}.runs_in_force) AND dimension = '' AND part = toDateTime64(0, 3, 'UTC')
            AND {app:String} IN ('', app) AND journey != 'site' AND pane_start < {{template "at"}} AND pane_start + toIntervalMillisecond(pane_size_ms) <= {{template "at"}}
            AND pane_start >= {{template "at"}} - toIntervalSecond({size_seconds:UInt32}) - toIntervalSecond({history_seconds:UInt32})
        GROUP BY app, journey, step, back
    )
    GROUP BY app, journey, step
)
WHERE visits > 0
COMMENT 'Parameters app, at, size_seconds, history_seconds, min_visits. Steps of journeys (not of "site") with any visit in the size_seconds before at, against the windows of the same size before it. Visits of overdue sessions are left out.';
