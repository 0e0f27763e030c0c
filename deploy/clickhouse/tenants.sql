-- For people who may see one app only. Run after roles.sql, if several tenants share the tables:
--   clickhouse-client --multiquery < tenants.sql
-- then, for each tenant,
--   CREATE USER shop_analyst IDENTIFIED BY '…' DEFAULT ROLE friction_tenant SETTINGS SQL_friction_app = 'shop' CONST;
-- The server must allow settings that begin with SQL_: custom_settings_prefixes, as in the server's shipped configuration.
--
-- Every table but two has two policies: one filters rows for tenants, the other shows all rows to everyone else. The filter
-- uses the first column after run in the sorting keys, so it costs nothing, and is applied before FINAL merges versions.
-- Views run with the rights of who asks, so the policies of their tables hold for them. runs_log has the names of runs, which
-- are nobody's. progress_log counts the records of all tenants together: tenants read only those of its columns that say up
-- to when numbers are complete. A table that is not granted has a policy all the same, in case somebody grants it.

CREATE ROLE IF NOT EXISTS friction_tenant;
GRANT SELECT, SHOW ON friction.sessions TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_visits TO friction_tenant;
GRANT SELECT, SHOW ON friction.signals TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_panes TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_panes_detail TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores_by TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores_by_on_time TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores_by_value TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores_by_value_on_time TO friction_tenant;
GRANT SELECT, SHOW ON friction.journey_steps TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel_paths TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel_times TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel_next TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_totals TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_totals_by_value TO friction_tenant;
GRANT SELECT, SHOW ON friction.friction_places TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_sessions TO friction_tenant;
GRANT SELECT, SHOW ON friction.session_timeline TO friction_tenant;
GRANT SELECT, SHOW ON friction.impact TO friction_tenant;
GRANT SELECT, SHOW ON friction.impact_strata TO friction_tenant;
GRANT SELECT, SHOW ON friction.spikes TO friction_tenant;
GRANT SELECT, SHOW ON friction.alerts TO friction_tenant;
GRANT SELECT, SHOW ON friction.journeys TO friction_tenant;
GRANT SELECT, SHOW ON friction.score_weights TO friction_tenant;
GRANT SELECT, SHOW ON friction.runs_in_force TO friction_tenant;
GRANT SELECT, SHOW ON friction.runs_settled TO friction_tenant;
-- Up to when the numbers are complete, and which configuration is in force; not what all tenants sent.
REVOKE SELECT ON friction.progress FROM friction_tenant;
REVOKE SELECT ON friction.progress_log FROM friction_tenant;
GRANT SELECT(`group`, config_revision, wall_clock) ON friction.progress TO friction_tenant;
GRANT SELECT(run, task, `group`, tasks, birth, epoch, watermark, rows_until, settle_ms, wall_clock, config_revision) ON friction.progress_log TO friction_tenant;
-- The base tables of those views.
GRANT SELECT ON friction.sessions_log TO friction_tenant;
GRANT SELECT ON friction.step_visits_log TO friction_tenant;
GRANT SELECT ON friction.signals_log TO friction_tenant;
GRANT SELECT ON friction.step_windows_log TO friction_tenant;
GRANT SELECT ON friction.step_panes_log TO friction_tenant;
GRANT SELECT ON friction.alerts_log TO friction_tenant;
GRANT SELECT ON friction.journeys_log TO friction_tenant;
GRANT SELECT ON friction.score_weights_log TO friction_tenant;
GRANT SELECT ON friction.runs_log TO friction_tenant;
ALTER SETTINGS PROFILE friction_reading TO friction_reader, friction_tenant;
ALTER QUOTA friction_reading TO friction_reader, friction_tenant;

-- Rows of one app. `other` stands for apps beyond sessions.max_apps, of whoever: no tenant may read it.
CREATE ROW POLICY IF NOT EXISTS friction_of_app ON friction.sessions_log, friction.step_visits_log, friction.signals_log, friction.step_windows_log, friction.step_panes_log, friction.late_events_log, friction.alerts_log, friction.alert_seen_log
    FOR SELECT USING app = getSetting('SQL_friction_app') AND app != 'other' AS RESTRICTIVE TO friction_tenant;
CREATE ROW POLICY IF NOT EXISTS friction_of_all ON friction.sessions_log, friction.step_visits_log, friction.signals_log, friction.step_windows_log, friction.step_panes_log, friction.late_events_log, friction.alerts_log, friction.alert_seen_log
    FOR SELECT USING 1 AS PERMISSIVE TO ALL;
-- Journeys and weights of one app, and those of all apps, whose app is empty.
CREATE ROW POLICY IF NOT EXISTS friction_of_app ON friction.journeys_log, friction.score_weights_log
    FOR SELECT USING app IN ('', getSetting('SQL_friction_app')) AS RESTRICTIVE TO friction_tenant;
CREATE ROW POLICY IF NOT EXISTS friction_of_all ON friction.journeys_log, friction.score_weights_log
    FOR SELECT USING 1 AS PERMISSIVE TO ALL;
-- Nothing for tenants: rows that cannot be told apart by app, and what the programs keep for themselves.
CREATE ROW POLICY IF NOT EXISTS friction_of_app ON friction.rejected_events_log, friction.alert_changes_log, friction.alert_notices_log, friction.alert_leases_log, friction.schema_migrations
    FOR SELECT USING 0 AS RESTRICTIVE TO friction_tenant;
CREATE ROW POLICY IF NOT EXISTS friction_of_all ON friction.rejected_events_log, friction.alert_changes_log, friction.alert_notices_log, friction.alert_leases_log, friction.schema_migrations
    FOR SELECT USING 1 AS PERMISSIVE TO ALL;
