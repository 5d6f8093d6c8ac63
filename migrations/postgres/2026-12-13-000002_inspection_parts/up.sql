-- A department has a part in a case also where it is invited to the joint inspection.
ALTER TABLE participants
    DROP CONSTRAINT participants_part_check,
    ADD CONSTRAINT participants_part_check CHECK (part IN ('transfer', 'joint_review', 'inspection'));
-- Invited before there was such a part. Those who were there then owe nothing: the lead department wrote everything down.
INSERT INTO participants (centre, department, case_id, part, open, due_on)
    SELECT c.centre, d.value, c.id, 'inspection',
           c.stage = 'in_review' AND (c.body::jsonb #>> '{approval,inspection,record}') IS NULL, NULL
    FROM cases c
    CROSS JOIN LATERAL
        jsonb_array_elements_text(NULLIF(c.body::jsonb #> '{approval,inspection,departments}', 'null')) AS d (value)
    WHERE d.value <> c.department
    ON CONFLICT DO NOTHING;
