ALTER TABLE vouchers DROP COLUMN agent_phone;
ALTER TABLE vouchers DROP COLUMN mandate_powers;
ALTER TABLE vouchers DROP COLUMN mandate_until;
ALTER TABLE vouchers DROP COLUMN agent;
DROP TRIGGER events_no_update;
ALTER TABLE events DROP COLUMN acted_through;
ALTER TABLE events DROP COLUMN tracestate;
CREATE TRIGGER events_no_update BEFORE UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest, trace ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
