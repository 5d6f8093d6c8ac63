DROP INDEX impasses_by_supervision;
ALTER TABLE impasses DROP COLUMN supervision_pending;
