DROP TRIGGER events_no_update;
ALTER TABLE events DROP COLUMN trace;
CREATE TRIGGER events_no_update BEFORE UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
