-- The place of an event in the feed of its centre, without gaps. Here the one writer gives it with the event itself.
ALTER TABLE events ADD COLUMN seq INTEGER CHECK (seq > 0);
DROP TRIGGER events_no_update;
UPDATE events SET seq = numbered.seq
FROM (SELECT rowid AS r, row_number() OVER (PARTITION BY centre ORDER BY rowid) AS seq FROM events) AS numbered
WHERE events.rowid = numbered.r;
CREATE UNIQUE INDEX events_by_seq ON events (centre, seq);
CREATE INDEX events_unnumbered ON events (centre, version, id) WHERE seq IS NULL;
CREATE TRIGGER events_no_update BEFORE UPDATE OF centre, stream, version, id, kind, at, actor_role, actor, body, digest ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER events_numbered_once BEFORE UPDATE OF seq ON events WHEN OLD.seq IS NOT NULL OR NEW.seq IS NULL BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
