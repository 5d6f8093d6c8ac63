DROP INDEX work_orders_by_due;
ALTER TABLE work_orders DROP COLUMN due_on;
