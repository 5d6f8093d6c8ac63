-- One application over several items (服务套餐): what is on offer, and what was applied for.
CREATE TABLE packages (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    code TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, code),
    CHECK (state IN ('draft', 'published', 'withdrawn'))
);

CREATE TABLE package_applications (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    package TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C",
    created_at TIMESTAMP NOT NULL,
    version BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, package) REFERENCES packages (centre, code),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    CHECK (version > 0)
);
CREATE INDEX package_applications_by_applicant ON package_applications (centre, applicant, id);
CREATE INDEX package_applications_by_client ON package_applications (centre, client, id);

ALTER TABLE cases
    ADD COLUMN wake_at TIMESTAMP,
    ADD COLUMN package TEXT COLLATE "C",
    ADD FOREIGN KEY (centre, package) REFERENCES package_applications (centre, id),
    DROP CONSTRAINT cases_stage_check,
    DROP CONSTRAINT cases_check,
    DROP CONSTRAINT cases_check1,
    DROP CONSTRAINT cases_check2,
    ADD CONSTRAINT cases_stage CHECK (stage IN ('under_check', 'awaiting_correction', 'in_review', 'decided', 'issued', 'in_transit', 'delivered', 'closed', 'rejected', 'not_required', 'withdrawn', 'acceptance_revoked')),
    ADD CONSTRAINT cases_accepted CHECK (stage IN ('under_check', 'awaiting_correction', 'rejected', 'not_required', 'withdrawn') OR accepted_on IS NOT NULL),
    ADD CONSTRAINT cases_decided CHECK (stage IN ('under_check', 'awaiting_correction', 'in_review', 'rejected', 'not_required', 'withdrawn', 'acceptance_revoked') OR decided_on IS NOT NULL),
    ADD CONSTRAINT cases_ended CHECK ((stage IN ('closed', 'rejected', 'not_required', 'withdrawn', 'acceptance_revoked')) = (ended_at IS NOT NULL));
CREATE INDEX cases_by_wake ON cases (centre, wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_by_package ON cases (centre, package, id) WHERE package IS NOT NULL;
CREATE INDEX cases_waking_after_end ON cases (centre, id) WHERE ended_at IS NOT NULL AND wake_at IS NOT NULL;

ALTER TABLE postings
    DROP CONSTRAINT postings_role_check,
    ADD CONSTRAINT postings_role CHECK (role IN ('clerk', 'reviewer', 'approver', 'department_head'));
ALTER TABLE case_contacts
    DROP CONSTRAINT case_contacts_role_check,
    ADD CONSTRAINT case_contacts_role CHECK (role IN ('contact', 'recipient', 'agent'));

-- Departments that have a part in a case besides the one that handles it (转办, 联合评审): it gives them sight of the
-- case and a line in their list of tasks.
CREATE TABLE participants (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    department TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    part TEXT COLLATE "C" NOT NULL,
    open BOOLEAN NOT NULL,
    due_on DATE,
    PRIMARY KEY (centre, department, case_id, part),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    CHECK (part IN ('transfer', 'joint_review'))
);
CREATE INDEX participants_by_case ON participants (centre, case_id);
CREATE INDEX participants_by_due ON participants (centre, department, open, due_on, case_id);

-- Which process does a piece of background work, and until when it may be trusted to.
CREATE TABLE leases (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    name TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    until TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, name)
);

-- Every open limit computed anew after the calendar changed; `before` is what was in force until then, `cursor` the
-- last case that was looked at.
CREATE TABLE recomputations (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    before TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMP NOT NULL,
    cursor TEXT COLLATE "C",
    examined BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    finished_at TIMESTAMP,
    PRIMARY KEY (centre, id),
    CHECK (moved >= 0 AND moved <= examined),
    CHECK (cursor IS NOT NULL OR examined = 0)
);
CREATE INDEX recomputations_unfinished ON recomputations (centre, id) WHERE finished_at IS NULL;

-- `subject` is the department whose opinion a limit is for, and 'case' for every limit of the case's own.
CREATE TABLE recomputation_moves (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    recomputation TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    limit_kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    due_before DATE NOT NULL,
    due_after DATE NOT NULL,
    provisional_before BOOLEAN NOT NULL,
    provisional_after BOOLEAN NOT NULL,
    PRIMARY KEY (centre, recomputation, case_id, limit_kind, subject),
    FOREIGN KEY (centre, recomputation) REFERENCES recomputations (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
);

-- Applicants who broke a commitment (告知承诺) and may not use one again.
CREATE TABLE bars (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    party TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    since DATE NOT NULL,
    PRIMARY KEY (centre, party, case_id),
    FOREIGN KEY (centre, party) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
);
