-- 待裁定的督办: impasses of which a step of the ladder waits for its ruling (clause D10-1).
ALTER TABLE impasses ADD COLUMN supervision_pending INTEGER NOT NULL DEFAULT 0 CHECK (supervision_pending IN (0, 1));
CREATE INDEX impasses_by_supervision ON impasses (centre, supervision_pending, id);
