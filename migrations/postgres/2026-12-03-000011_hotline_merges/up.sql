-- 并单: the number that a work order was merged into, or is to be merged into once that one is dispatched.
ALTER TABLE work_orders ADD COLUMN merged_into TEXT;
UPDATE work_orders SET merged_into = body::json ->> 'merged_into';
CREATE INDEX work_orders_by_merge ON work_orders (centre, hotline, merged_into, id) WHERE merged_into IS NOT NULL;
