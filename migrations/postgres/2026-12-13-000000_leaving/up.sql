-- 岗位终止: since when nobody answers for a case but the unit, because whoever did has left it; and when nothing rested on the
-- one whose posting ended any more.
ALTER TABLE cases ADD COLUMN returned_at TIMESTAMP;
CREATE INDEX cases_returned ON cases (centre, id) WHERE returned_at IS NOT NULL;
ALTER TABLE postings ADD COLUMN settled_at TIMESTAMP;
CREATE INDEX postings_unsettled ON postings (centre, until_day) WHERE settled_at IS NULL;
