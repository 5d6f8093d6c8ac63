ALTER TABLE submissions DISABLE TRIGGER submissions_no_delete;
DELETE FROM submissions WHERE state = 'missed';
ALTER TABLE submissions ENABLE TRIGGER submissions_no_delete;
ALTER TABLE submissions
    DROP CONSTRAINT submissions_state,
    DROP CONSTRAINT submissions_packet,
    DROP CONSTRAINT submissions_number,
    ADD CONSTRAINT submissions_state_check CHECK (state IN ('draft', 'frozen', 'submitted', 'complete')),
    ADD CONSTRAINT submissions_check CHECK ((state = 'draft') = (digest IS NULL)),
    ADD CONSTRAINT submissions_check1 CHECK ((state IN ('draft', 'frozen')) = (number IS NULL));
