-- The W3C trace context in which an event was caused, for whoever is told of it. No part of what the digest covers.
ALTER TABLE events ADD COLUMN trace TEXT;
DROP TRIGGER events_append_only ON events;
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest, trace ON events FOR EACH ROW EXECUTE PROCEDURE refuse_change();
