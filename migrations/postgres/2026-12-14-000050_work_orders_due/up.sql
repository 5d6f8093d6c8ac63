-- 超期 of work orders: the last day of the limit that runs; none where none does (rule L15).
ALTER TABLE work_orders ADD COLUMN due_on DATE;
CREATE INDEX work_orders_by_due ON work_orders (centre, id) WHERE due_on IS NOT NULL;
-- What runs is looked at once, so that its day is written, and the supervision section reminded of what nobody was given.
UPDATE work_orders SET wake_at = dispatched_at WHERE state IN ('dispatched', 'acknowledged', 'returned', 'in_handling');
