-- The W3C trace context in which an event was caused, for whoever is told of it. No part of what the digest covers.
ALTER TABLE events ADD COLUMN trace TEXT;
DROP TRIGGER events_no_update;
CREATE TRIGGER events_no_update BEFORE UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest, trace ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
