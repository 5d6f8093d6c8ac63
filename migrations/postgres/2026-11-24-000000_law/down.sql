DROP TABLE bars;
DROP TABLE recomputation_moves;
DROP TABLE recomputations;
DROP TABLE leases;
DROP TABLE participants;

-- A stage or a role that the older schema does not know makes this fail: nothing is thrown away.
ALTER TABLE postings
    DROP CONSTRAINT postings_role,
    ADD CONSTRAINT postings_role_check CHECK (role IN ('clerk', 'reviewer', 'approver'));
ALTER TABLE case_contacts
    DROP CONSTRAINT case_contacts_role,
    ADD CONSTRAINT case_contacts_role_check CHECK (role IN ('contact', 'recipient'));
DROP INDEX cases_waking_after_end;
ALTER TABLE cases
    DROP CONSTRAINT cases_stage,
    DROP CONSTRAINT cases_accepted,
    DROP CONSTRAINT cases_decided,
    DROP CONSTRAINT cases_ended,
    ADD CONSTRAINT cases_stage_check CHECK (stage IN ('under_check', 'in_review', 'decided', 'issued', 'in_transit', 'delivered', 'closed', 'rejected', 'not_required', 'withdrawn')),
    ADD CONSTRAINT cases_check CHECK (stage IN ('under_check', 'rejected', 'not_required', 'withdrawn') OR accepted_on IS NOT NULL),
    ADD CONSTRAINT cases_check1 CHECK (stage IN ('under_check', 'in_review', 'rejected', 'not_required', 'withdrawn') OR decided_on IS NOT NULL),
    ADD CONSTRAINT cases_check2 CHECK ((stage IN ('closed', 'rejected', 'not_required', 'withdrawn')) = (ended_at IS NOT NULL)),
    DROP COLUMN wake_at,
    DROP COLUMN package;

DROP TABLE package_applications;
DROP TABLE packages;
