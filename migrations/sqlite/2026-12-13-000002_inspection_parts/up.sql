-- A department has a part in a case also where it is invited to the joint inspection.
CREATE TABLE participants_aside AS SELECT * FROM participants;
DROP TABLE participants;
CREATE TABLE participants (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    department TEXT NOT NULL,
    case_id TEXT NOT NULL,
    part TEXT NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    due_on TEXT,
    PRIMARY KEY (centre, department, case_id, part),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    CHECK (part IN ('transfer', 'joint_review', 'inspection'))
) STRICT;
INSERT INTO participants (centre, department, case_id, part, open, due_on)
    SELECT centre, department, case_id, part, open, due_on FROM participants_aside;
DROP TABLE participants_aside;
CREATE INDEX participants_by_case ON participants (centre, case_id);
CREATE INDEX participants_by_due ON participants (centre, department, open, due_on, case_id);
-- Invited before there was such a part. Those who were there then owe nothing: the lead department wrote everything down.
INSERT OR IGNORE INTO participants (centre, department, case_id, part, open, due_on)
    SELECT c.centre, d.value, c.id, 'inspection',
           c.stage = 'in_review' AND json_extract(c.body, '$.approval.inspection.record') IS NULL, NULL
    FROM cases c, json_each(c.body, '$.approval.inspection.departments') d
    WHERE d.value <> c.department;
