DROP TRIGGER events_numbered_once ON events;
DROP TRIGGER events_append_only ON events;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE PROCEDURE refuse_change();
DROP INDEX events_unnumbered;
DROP INDEX events_by_seq;
ALTER TABLE events DROP COLUMN seq;
