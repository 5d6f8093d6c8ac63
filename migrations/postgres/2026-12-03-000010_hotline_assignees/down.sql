DROP INDEX work_orders_by_department;
DROP INDEX work_orders_by_window;
ALTER TABLE work_orders DROP COLUMN assigned_department;
ALTER TABLE work_orders DROP COLUMN assigned_window;
