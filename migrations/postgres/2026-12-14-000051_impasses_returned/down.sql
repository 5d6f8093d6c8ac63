DROP INDEX impasses_by_return;
ALTER TABLE impasses DROP COLUMN returned;
