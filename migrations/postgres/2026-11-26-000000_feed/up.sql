-- The place of an event in the feed of its centre, without gaps. Transactions commit in another order than they number, so
-- that it is given after the commit, by one process at a time.
ALTER TABLE events ADD COLUMN seq BIGINT CHECK (seq > 0);
CREATE UNIQUE INDEX events_by_seq ON events (centre, seq);
CREATE INDEX events_unnumbered ON events (centre, version, id) WHERE seq IS NULL;
DROP TRIGGER events_append_only ON events;
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest ON events FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER events_numbered_once BEFORE UPDATE OF seq ON events FOR EACH ROW WHEN (OLD.seq IS NOT NULL OR NEW.seq IS NULL) EXECUTE PROCEDURE refuse_change();
