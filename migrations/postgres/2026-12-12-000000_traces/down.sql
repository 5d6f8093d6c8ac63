DROP TRIGGER events_append_only ON events;
ALTER TABLE events DROP COLUMN trace;
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest ON events FOR EACH ROW EXECUTE PROCEDURE refuse_change();
