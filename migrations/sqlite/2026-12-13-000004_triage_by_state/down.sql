DROP INDEX triage_sessions_by_state;
