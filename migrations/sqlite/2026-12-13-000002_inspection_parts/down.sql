-- The parts that the older schema does not know are made out of the cases again.
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
    CHECK (part IN ('transfer', 'joint_review'))
) STRICT;
INSERT INTO participants (centre, department, case_id, part, open, due_on)
    SELECT centre, department, case_id, part, open, due_on FROM participants_aside WHERE part <> 'inspection';
DROP TABLE participants_aside;
CREATE INDEX participants_by_case ON participants (centre, case_id);
CREATE INDEX participants_by_due ON participants (centre, department, open, due_on, case_id);
