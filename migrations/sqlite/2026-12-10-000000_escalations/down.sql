DROP INDEX work_orders_by_escalation;
ALTER TABLE work_orders DROP COLUMN escalated_at;
