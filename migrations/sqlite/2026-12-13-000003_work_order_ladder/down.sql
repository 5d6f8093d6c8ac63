DROP INDEX work_orders_by_supervision;
ALTER TABLE work_orders DROP COLUMN supervision_pending;
