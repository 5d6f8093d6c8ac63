-- 漏报: a row that is missed says that a month ended without a submission (clause D4-4).
ALTER TABLE submissions
    DROP CONSTRAINT submissions_state_check,
    DROP CONSTRAINT submissions_check,
    DROP CONSTRAINT submissions_check1,
    ADD CONSTRAINT submissions_state CHECK (state IN ('draft', 'frozen', 'submitted', 'complete', 'missed')),
    ADD CONSTRAINT submissions_packet CHECK ((state IN ('draft', 'missed')) = (digest IS NULL)),
    ADD CONSTRAINT submissions_number CHECK ((state IN ('draft', 'frozen', 'missed')) = (number IS NULL));
