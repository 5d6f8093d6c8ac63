-- 待处置的提级: since when the supervision section has to act on what the hotline wants raised (clause G3).
ALTER TABLE work_orders ADD COLUMN escalated_at TEXT;
CREATE INDEX work_orders_by_escalation ON work_orders (centre, id) WHERE escalated_at IS NOT NULL;
