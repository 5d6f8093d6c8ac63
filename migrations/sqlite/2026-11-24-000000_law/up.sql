-- One application over several items (服务套餐): what is on offer, and what was applied for.
CREATE TABLE packages (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, code),
    CHECK (state IN ('draft', 'published', 'withdrawn'))
) STRICT;

CREATE TABLE package_applications (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    package TEXT NOT NULL,
    applicant TEXT NOT NULL,
    client TEXT,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, package) REFERENCES packages (centre, code),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    CHECK (version > 0)
) STRICT;
CREATE INDEX package_applications_by_applicant ON package_applications (centre, applicant, id);
CREATE INDEX package_applications_by_client ON package_applications (centre, client, id);

-- SQLite cannot alter a CHECK, so a table is made anew. Whoever refers to it is, for a moment, without it: that is
-- allowed until the commit, by when every row is back.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE cases_aside AS SELECT * FROM cases;
DROP TABLE cases;
CREATE TABLE cases (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    version INTEGER NOT NULL,
    stage TEXT NOT NULL,
    item TEXT NOT NULL,
    item_version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    applicant TEXT NOT NULL,
    window_code TEXT NOT NULL,
    department TEXT NOT NULL,
    holder TEXT,
    client TEXT,
    external_number TEXT,
    received_at TEXT NOT NULL,
    accepted_on TEXT,
    due_on TEXT,
    amber_on TEXT,
    decided_on TEXT,
    ended_at TEXT,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    wake_at TEXT,
    package TEXT,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    UNIQUE (centre, client, external_number),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, item, item_version) REFERENCES item_versions (centre, item, version),
    FOREIGN KEY (centre, package) REFERENCES package_applications (centre, id),
    CHECK (version > 0),
    CONSTRAINT cases_stage CHECK (stage IN ('under_check', 'awaiting_correction', 'in_review', 'decided', 'issued', 'in_transit', 'delivered', 'closed', 'rejected', 'not_required', 'withdrawn', 'acceptance_revoked')),
    CONSTRAINT cases_accepted CHECK (stage IN ('under_check', 'awaiting_correction', 'rejected', 'not_required', 'withdrawn') OR accepted_on IS NOT NULL),
    CONSTRAINT cases_decided CHECK (stage IN ('under_check', 'awaiting_correction', 'in_review', 'rejected', 'not_required', 'withdrawn', 'acceptance_revoked') OR decided_on IS NOT NULL),
    CONSTRAINT cases_ended CHECK ((stage IN ('closed', 'rejected', 'not_required', 'withdrawn', 'acceptance_revoked')) = (ended_at IS NOT NULL)),
    CHECK ((due_on IS NULL) = (amber_on IS NULL)),
    CHECK (external_number IS NULL OR client IS NOT NULL)
) STRICT;
INSERT INTO cases (
    centre, id, number, version, stage, item, item_version, channel, applicant, window_code, department, holder,
    client, external_number, received_at, accepted_on, due_on, amber_on, decided_on, ended_at, head, body
) SELECT
    centre, id, number, version, stage, item, item_version, channel, applicant, window_code, department, holder,
    client, external_number, received_at, accepted_on, due_on, amber_on, decided_on, ended_at, head, body
FROM cases_aside;
DROP TABLE cases_aside;
CREATE INDEX cases_by_stage ON cases (centre, stage, id);
CREATE INDEX cases_by_item ON cases (centre, item, id);
CREATE INDEX cases_by_department ON cases (centre, department, id);
CREATE INDEX cases_by_window ON cases (centre, window_code, id);
CREATE INDEX cases_by_applicant ON cases (centre, applicant, id);
CREATE INDEX cases_by_holder ON cases (centre, holder, id);
CREATE INDEX cases_by_client ON cases (centre, client, id);
CREATE INDEX cases_by_due ON cases (centre, department, stage, due_on, id);
CREATE INDEX cases_by_wake ON cases (centre, wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_by_package ON cases (centre, package, id) WHERE package IS NOT NULL;
CREATE INDEX cases_waking_after_end ON cases (centre, id) WHERE ended_at IS NOT NULL AND wake_at IS NOT NULL;

CREATE TABLE postings_aside AS SELECT * FROM postings;
DROP TABLE postings;
CREATE TABLE postings (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    staff TEXT NOT NULL,
    role TEXT NOT NULL,
    department TEXT NOT NULL,
    window_code TEXT,
    zone TEXT,
    resident INTEGER NOT NULL CHECK (resident IN (0, 1)),
    from_day TEXT NOT NULL,
    until_day TEXT,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, window_code) REFERENCES windows (centre, code),
    CONSTRAINT postings_role CHECK (role IN ('clerk', 'reviewer', 'approver', 'department_head')),
    CHECK ((role = 'clerk') = (window_code IS NOT NULL)),
    CHECK (until_day IS NULL OR until_day >= from_day)
) STRICT;
INSERT INTO postings (centre, id, staff, role, department, window_code, zone, resident, from_day, until_day)
    SELECT centre, id, staff, role, department, window_code, zone, resident, from_day, until_day FROM postings_aside;
DROP TABLE postings_aside;
CREATE INDEX postings_by_staff ON postings (centre, staff, role);
CREATE INDEX postings_by_department ON postings (centre, department, staff);

CREATE TABLE case_contacts_aside AS SELECT * FROM case_contacts;
DROP TABLE case_contacts;
CREATE TABLE case_contacts (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    case_id TEXT NOT NULL,
    role TEXT NOT NULL,
    document_digest TEXT,
    name TEXT NOT NULL,
    document_number TEXT,
    phone TEXT NOT NULL,
    address TEXT,
    PRIMARY KEY (centre, case_id, role),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    CONSTRAINT case_contacts_role CHECK (role IN ('contact', 'recipient', 'agent'))
) STRICT;
INSERT INTO case_contacts (centre, case_id, role, document_digest, name, document_number, phone, address)
    SELECT centre, case_id, role, document_digest, name, document_number, phone, address FROM case_contacts_aside;
DROP TABLE case_contacts_aside;

-- Departments that have a part in a case besides the one that handles it (转办, 联合评审): it gives them sight of the
-- case and a line in their list of tasks.
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
CREATE INDEX participants_by_case ON participants (centre, case_id);
CREATE INDEX participants_by_due ON participants (centre, department, open, due_on, case_id);

-- Which process does a piece of background work, and until when it may be trusted to.
CREATE TABLE leases (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (centre, name)
) STRICT;

-- Every open limit computed anew after the calendar changed; `before` is what was in force until then, `cursor` the
-- last case that was looked at.
CREATE TABLE recomputations (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    cause TEXT NOT NULL,
    before TEXT NOT NULL,
    started_at TEXT NOT NULL,
    cursor TEXT,
    examined INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    finished_at TEXT,
    PRIMARY KEY (centre, id),
    CHECK (moved >= 0 AND moved <= examined),
    CHECK (cursor IS NOT NULL OR examined = 0)
) STRICT;
CREATE INDEX recomputations_unfinished ON recomputations (centre, id) WHERE finished_at IS NULL;

-- `subject` is the department whose opinion a limit is for, and 'case' for every limit of the case's own.
CREATE TABLE recomputation_moves (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    recomputation TEXT NOT NULL,
    case_id TEXT NOT NULL,
    limit_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    due_before TEXT NOT NULL,
    due_after TEXT NOT NULL,
    provisional_before INTEGER NOT NULL CHECK (provisional_before IN (0, 1)),
    provisional_after INTEGER NOT NULL CHECK (provisional_after IN (0, 1)),
    PRIMARY KEY (centre, recomputation, case_id, limit_kind, subject),
    FOREIGN KEY (centre, recomputation) REFERENCES recomputations (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
) STRICT;

-- Applicants who broke a commitment (告知承诺) and may not use one again.
CREATE TABLE bars (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    party TEXT NOT NULL,
    case_id TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (centre, party, case_id),
    FOREIGN KEY (centre, party) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
) STRICT;
