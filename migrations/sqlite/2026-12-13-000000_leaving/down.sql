DROP INDEX postings_unsettled;
ALTER TABLE postings DROP COLUMN settled_at;
DROP INDEX cases_returned;
ALTER TABLE cases DROP COLUMN returned_at;
