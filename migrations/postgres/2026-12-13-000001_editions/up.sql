-- What was in force with the edition that a recomputation is about, so that the next one does not speak for it.
ALTER TABLE recomputations ADD COLUMN after TEXT COLLATE "C";
