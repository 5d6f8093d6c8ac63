-- An overdue verification, or order to mend, of an ended case runs on and moves with the calendar. The first look at each sets
-- the moment right, or takes it away again.
UPDATE cases SET wake_at = ended_at WHERE ended_at IS NOT NULL AND wake_at IS NULL
    AND (body LIKE '%"verification":{%' OR body LIKE '%"mending":{%');
