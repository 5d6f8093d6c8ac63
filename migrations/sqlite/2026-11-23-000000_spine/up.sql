-- Case and document numbers, handed out in blocks.
CREATE TABLE sequences (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    series TEXT NOT NULL,
    year INTEGER NOT NULL,
    next_value INTEGER NOT NULL,
    PRIMARY KEY (centre, series, year),
    CHECK (next_value > 0)
) STRICT;

CREATE TABLE zones (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (centre, code)
) STRICT;

CREATE TABLE sectors (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    lead TEXT,
    note TEXT,
    PRIMARY KEY (centre, code)
) STRICT;

CREATE TABLE departments (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    uscc TEXT NOT NULL,
    phone TEXT,
    PRIMARY KEY (centre, code)
) STRICT;

CREATE TABLE windows (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    sector TEXT,
    PRIMARY KEY (centre, code),
    FOREIGN KEY (centre, zone) REFERENCES zones (centre, code),
    FOREIGN KEY (centre, sector) REFERENCES sectors (centre, code)
) STRICT;

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
    CHECK (role IN ('clerk', 'reviewer', 'approver')),
    CHECK ((role = 'clerk') = (window_code IS NOT NULL)),
    CHECK (until_day IS NULL OR until_day >= from_day)
) STRICT;
CREATE INDEX postings_by_staff ON postings (centre, staff, role);
CREATE INDEX postings_by_department ON postings (centre, department, staff);

CREATE TABLE item_versions (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    item TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    sector TEXT NOT NULL,
    department TEXT NOT NULL,
    window_code TEXT NOT NULL,
    valid_from TEXT,
    valid_until TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, item, version),
    FOREIGN KEY (centre, sector) REFERENCES sectors (centre, code),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, window_code) REFERENCES windows (centre, code),
    CHECK (state IN ('draft', 'published', 'withdrawn')),
    CHECK (version > 0)
) STRICT;
CREATE UNIQUE INDEX item_versions_one_draft ON item_versions (centre, item) WHERE state = 'draft';
CREATE INDEX item_versions_by_sector ON item_versions (centre, state, sector, item);

-- Overrides over Monday to Friday.
CREATE TABLE calendar_days (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (centre, day),
    CHECK (kind IN ('holiday', 'workday'))
) STRICT;

-- Applicants. Name, document number, phone and address are personal data: they stand here and in case_contacts only.
CREATE TABLE parties (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    document_kind TEXT NOT NULL,
    document_digest TEXT NOT NULL,
    name TEXT NOT NULL,
    document_number TEXT NOT NULL,
    phone TEXT,
    address TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, document_kind, document_digest),
    CHECK (kind IN ('person', 'enterprise'))
) STRICT;

-- One row a case: `body` is the whole aggregate, the other columns repeat what lists filter and order by, and
-- `head` is the digest of its newest event.
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
    PRIMARY KEY (centre, id),
    UNIQUE (centre, number),
    UNIQUE (centre, client, external_number),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, item, item_version) REFERENCES item_versions (centre, item, version),
    CHECK (version > 0),
    CHECK (stage IN ('under_check', 'in_review', 'decided', 'issued', 'in_transit', 'delivered', 'closed', 'rejected', 'not_required', 'withdrawn')),
    CHECK (stage IN ('under_check', 'rejected', 'not_required', 'withdrawn') OR accepted_on IS NOT NULL),
    CHECK (stage IN ('under_check', 'in_review', 'rejected', 'not_required', 'withdrawn') OR decided_on IS NOT NULL),
    CHECK ((stage IN ('closed', 'rejected', 'not_required', 'withdrawn')) = (ended_at IS NOT NULL)),
    CHECK ((due_on IS NULL) = (amber_on IS NULL)),
    CHECK (external_number IS NULL OR client IS NOT NULL)
) STRICT;
CREATE INDEX cases_by_stage ON cases (centre, stage, id);
CREATE INDEX cases_by_item ON cases (centre, item, id);
CREATE INDEX cases_by_department ON cases (centre, department, id);
CREATE INDEX cases_by_window ON cases (centre, window_code, id);
CREATE INDEX cases_by_applicant ON cases (centre, applicant, id);
CREATE INDEX cases_by_holder ON cases (centre, holder, id);
CREATE INDEX cases_by_client ON cases (centre, client, id);
CREATE INDEX cases_by_due ON cases (centre, department, stage, due_on, id);

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
    CHECK (role IN ('contact', 'recipient'))
) STRICT;

-- The record: append-only, hash-chained per stream (a case, or one of the registers). No personal data.
CREATE TABLE events (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (centre, stream, version),
    UNIQUE (centre, id),
    CHECK (version > 0),
    CHECK (length(digest) = 64)
) STRICT;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

-- Who read unmasked personal data (网络数据安全管理条例 art. 12: kept three years).
CREATE TABLE disclosures (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
) STRICT;
CREATE INDEX disclosures_by_case ON disclosures (centre, case_id, id);
CREATE TRIGGER disclosures_no_update BEFORE UPDATE ON disclosures BEGIN SELECT RAISE(ABORT, 'disclosures is append-only'); END;
CREATE TRIGGER disclosures_no_delete BEFORE DELETE ON disclosures BEGIN SELECT RAISE(ABORT, 'disclosures is append-only'); END;

-- The answer to every keyed write, in the transaction of the write.
CREATE TABLE idempotency (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    location TEXT,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (centre, caller, key)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (centre, created_at);
