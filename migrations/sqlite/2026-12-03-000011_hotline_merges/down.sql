DROP INDEX work_orders_by_merge;
ALTER TABLE work_orders DROP COLUMN merged_into;
