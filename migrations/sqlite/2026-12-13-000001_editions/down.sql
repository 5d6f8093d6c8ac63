ALTER TABLE recomputations DROP COLUMN after;
