-- 承办: where a work order was assigned to, which sees it and answers it (rule L18).
ALTER TABLE work_orders ADD COLUMN assigned_window TEXT;
ALTER TABLE work_orders ADD COLUMN assigned_department TEXT;
UPDATE work_orders SET assigned_window = body::json #>> '{assignment,to,window}', assigned_department = body::json #>> '{assignment,to,department}';
CREATE INDEX work_orders_by_window ON work_orders (centre, assigned_window, id) WHERE assigned_window IS NOT NULL;
CREATE INDEX work_orders_by_department ON work_orders (centre, assigned_department, id) WHERE assigned_department IS NOT NULL;
