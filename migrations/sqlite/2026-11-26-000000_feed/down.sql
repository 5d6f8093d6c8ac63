DROP TRIGGER events_numbered_once;
DROP TRIGGER events_no_update;
DROP INDEX events_unnumbered;
DROP INDEX events_by_seq;
ALTER TABLE events DROP COLUMN seq;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
