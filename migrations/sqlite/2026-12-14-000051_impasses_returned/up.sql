-- 岗位终止: whether nobody answers for an impasse, or for an order of it, but the unit, because whoever did has left it.
ALTER TABLE impasses ADD COLUMN returned INTEGER NOT NULL DEFAULT 0 CHECK (returned IN (0, 1));
CREATE INDEX impasses_by_return ON impasses (centre, returned, id);
-- Whoever left before is looked at once more, by one of their postings.
UPDATE postings SET settled_at = NULL
WHERE (centre, id) IN (SELECT centre, MAX(id) FROM postings WHERE settled_at IS NOT NULL GROUP BY centre, staff);
