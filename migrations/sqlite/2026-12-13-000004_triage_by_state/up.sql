-- Which sessions are open is asked every second.
CREATE INDEX triage_sessions_by_state ON triage_sessions (centre, state, week);
