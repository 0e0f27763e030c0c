-- For people who may see one app only. Run after roles.sql, if several tenants share the tables:
--   clickhouse-client --multiquery < tenants.sql
-- then, for each tenant,
--   CREATE USER shop_analyst IDENTIFIED BY '…' DEFAULT ROLE friction_tenant SETTINGS SQL_friction_app = 'shop' CONST;
-- The server must allow settings that begin with SQL_: custom_settings_prefixes, as in the server's shipped configuration.
--
-- Each table has two policies: one filters rows for tenants, the other shows all rows to everyone else. The filter uses the
-- first column after run in every sorting key, so it costs nothing, and is applied before FINAL merges versions.

CREATE ROLE IF NOT EXISTS friction_tenant;
GRANT SELECT, SHOW ON friction.sessions TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_visits TO friction_tenant;
GRANT SELECT, SHOW ON friction.signals TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_panes TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_panes_detail TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores_by TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_scores_by_value TO friction_tenant;
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
GRANT SELECT, SHOW ON friction.progress TO friction_tenant;
GRANT SELECT, SHOW ON friction.journey_steps TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel_paths TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel_times TO friction_tenant;
GRANT SELECT, SHOW ON friction.funnel_next TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_totals TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_totals_by_value TO friction_tenant;
GRANT SELECT, SHOW ON friction.friction_places TO friction_tenant;
GRANT SELECT, SHOW ON friction.step_sessions TO friction_tenant;
GRANT SELECT, SHOW ON friction.session_timeline TO friction_tenant;
GRANT SELECT, SHOW ON friction.impact_strata TO friction_tenant;
GRANT SELECT, SHOW ON friction.impact TO friction_tenant;
GRANT SELECT, SHOW ON friction.spikes TO friction_tenant;
GRANT SELECT, SHOW ON friction.journeys TO friction_tenant;
-- The base tables of those views.
GRANT SELECT ON friction.sessions_log TO friction_tenant;
GRANT SELECT ON friction.step_visits_log TO friction_tenant;
GRANT SELECT ON friction.signals_log TO friction_tenant;
GRANT SELECT ON friction.step_windows_log TO friction_tenant;
GRANT SELECT ON friction.step_panes_log TO friction_tenant;
GRANT SELECT ON friction.alerts_log TO friction_tenant;
GRANT SELECT ON friction.progress_log TO friction_tenant;
GRANT SELECT ON friction.journeys_log TO friction_tenant;
GRANT SELECT ON friction.runs_log TO friction_tenant;
GRANT SELECT ON friction.journeys TO friction_tenant;
GRANT SELECT ON friction.journeys_log TO friction_tenant;
GRANT SELECT ON friction.score_weights TO friction_tenant;
GRANT SELECT ON friction.score_weights_log TO friction_tenant;
GRANT SELECT ON friction.runs_in_force TO friction_tenant;
GRANT SELECT ON friction.runs_settled TO friction_tenant;
ALTER SETTINGS PROFILE friction_reading TO friction_reader, friction_tenant;
ALTER QUOTA friction_reading TO friction_reader, friction_tenant;

CREATE ROW POLICY IF NOT EXISTS friction_of_app ON friction.sessions_log, friction.step_visits_log, friction.signals_log, friction.step_windows_log, friction.step_panes_log, friction.alerts_log
    FOR SELECT USING app = getSetting('SQL_friction_app') AS RESTRICTIVE TO friction_tenant;
CREATE ROW POLICY IF NOT EXISTS friction_of_all ON friction.sessions_log, friction.step_visits_log, friction.signals_log, friction.step_windows_log, friction.step_panes_log, friction.alerts_log
    FOR SELECT USING 1 AS PERMISSIVE TO ALL;
