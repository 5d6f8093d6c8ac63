ALTER TABLE vouchers DROP COLUMN agent_phone;
ALTER TABLE vouchers DROP COLUMN mandate_powers;
ALTER TABLE vouchers DROP COLUMN mandate_until;
ALTER TABLE vouchers DROP COLUMN agent;
DROP TRIGGER events_append_only ON events;
ALTER TABLE events DROP COLUMN acted_through;
ALTER TABLE events DROP COLUMN tracestate;
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest, trace ON events FOR EACH ROW EXECUTE PROCEDURE refuse_change();
