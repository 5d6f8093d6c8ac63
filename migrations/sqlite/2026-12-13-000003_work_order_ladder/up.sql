-- 督办 of work orders: whether a step of its ladder waits to be ruled on (rule L16).
ALTER TABLE work_orders ADD COLUMN supervision_pending INTEGER NOT NULL DEFAULT 0 CHECK (supervision_pending IN (0, 1));
CREATE INDEX work_orders_by_supervision ON work_orders (centre, supervision_pending, id);
-- What is assigned and runs, or is to be raised, is looked at once, so that it wakes when somebody is to be told.
UPDATE work_orders SET wake_at = dispatched_at
    WHERE escalated_at IS NOT NULL
        OR (state = 'in_handling' AND impasse IS NULL AND (assigned_window IS NOT NULL OR assigned_department IS NOT NULL));
