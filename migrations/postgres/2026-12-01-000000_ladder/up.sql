-- 待裁定的督办: impasses of which a step of the ladder waits for its ruling (clause D10-1).
ALTER TABLE impasses ADD COLUMN supervision_pending BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX impasses_by_supervision ON impasses (centre, supervision_pending, id);
