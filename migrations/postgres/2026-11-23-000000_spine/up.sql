CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;

-- Case and document numbers, handed out in blocks.
CREATE TABLE sequences (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    series TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    next_value BIGINT NOT NULL,
    PRIMARY KEY (centre, series, year),
    CHECK (next_value > 0)
);

CREATE TABLE zones (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, code)
);

CREATE TABLE sectors (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    code TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    lead TEXT COLLATE "C",
    note TEXT COLLATE "C",
    PRIMARY KEY (centre, code)
);

CREATE TABLE departments (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    uscc TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C",
    PRIMARY KEY (centre, code)
);

CREATE TABLE windows (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    sector TEXT COLLATE "C",
    PRIMARY KEY (centre, code),
    FOREIGN KEY (centre, zone) REFERENCES zones (centre, code),
    FOREIGN KEY (centre, sector) REFERENCES sectors (centre, code)
);

CREATE TABLE postings (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    staff TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    window_code TEXT COLLATE "C",
    zone TEXT COLLATE "C",
    resident BOOLEAN NOT NULL,
    from_day DATE NOT NULL,
    until_day DATE,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, window_code) REFERENCES windows (centre, code),
    CHECK (role IN ('clerk', 'reviewer', 'approver')),
    CHECK ((role = 'clerk') = (window_code IS NOT NULL)),
    CHECK (until_day IS NULL OR until_day >= from_day)
);
CREATE INDEX postings_by_staff ON postings (centre, staff, role);
CREATE INDEX postings_by_department ON postings (centre, department, staff);

CREATE TABLE item_versions (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    item TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    sector TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    window_code TEXT COLLATE "C" NOT NULL,
    valid_from DATE,
    valid_until DATE,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, item, version),
    FOREIGN KEY (centre, sector) REFERENCES sectors (centre, code),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, window_code) REFERENCES windows (centre, code),
    CHECK (state IN ('draft', 'published', 'withdrawn')),
    CHECK (version > 0)
);
CREATE UNIQUE INDEX item_versions_one_draft ON item_versions (centre, item) WHERE state = 'draft';
CREATE INDEX item_versions_by_sector ON item_versions (centre, state, sector, item);

-- Overrides over Monday to Friday.
CREATE TABLE calendar_days (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    day DATE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, day),
    CHECK (kind IN ('holiday', 'workday'))
);

-- Applicants. Name, document number, phone and address are personal data: they stand here and in case_contacts only.
CREATE TABLE parties (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    document_kind TEXT COLLATE "C" NOT NULL,
    document_digest TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    document_number TEXT NOT NULL,
    phone TEXT,
    address TEXT,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, document_kind, document_digest),
    CHECK (kind IN ('person', 'enterprise'))
);

-- One row a case: `body` is the whole aggregate, the other columns repeat what lists filter and order by, and
-- `head` is the digest of its newest event.
CREATE TABLE cases (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    item_version INTEGER NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    window_code TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C",
    client TEXT COLLATE "C",
    external_number TEXT COLLATE "C",
    received_at TIMESTAMP NOT NULL,
    accepted_on DATE,
    due_on DATE,
    amber_on DATE,
    decided_on DATE,
    ended_at TIMESTAMP,
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
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
);
CREATE INDEX cases_by_stage ON cases (centre, stage, id);
CREATE INDEX cases_by_item ON cases (centre, item, id);
CREATE INDEX cases_by_department ON cases (centre, department, id);
CREATE INDEX cases_by_window ON cases (centre, window_code, id);
CREATE INDEX cases_by_applicant ON cases (centre, applicant, id);
CREATE INDEX cases_by_holder ON cases (centre, holder, id);
CREATE INDEX cases_by_client ON cases (centre, client, id);
CREATE INDEX cases_by_due ON cases (centre, department, stage, due_on, id);

CREATE TABLE case_contacts (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    case_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    document_digest TEXT COLLATE "C",
    name TEXT NOT NULL,
    document_number TEXT,
    phone TEXT NOT NULL,
    address TEXT,
    PRIMARY KEY (centre, case_id, role),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    CHECK (role IN ('contact', 'recipient'))
);

-- The record: append-only, hash-chained per stream (a case, or one of the registers). No personal data.
CREATE TABLE events (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    stream TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP NOT NULL,
    actor_role TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, stream, version),
    UNIQUE (centre, id),
    CHECK (version > 0),
    CHECK (length(digest) = 64)
);
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

-- Who read unmasked personal data (网络数据安全管理条例 art. 12: kept three years).
CREATE TABLE disclosures (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    actor_role TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
);
CREATE INDEX disclosures_by_case ON disclosures (centre, case_id, id);
CREATE TRIGGER disclosures_append_only BEFORE UPDATE OR DELETE ON disclosures FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER disclosures_no_truncate BEFORE TRUNCATE ON disclosures FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

-- The answer to every keyed write, in the transaction of the write.
CREATE TABLE idempotency (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    caller TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT COLLATE "C",
    location TEXT COLLATE "C",
    body TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, caller, key)
);
CREATE INDEX idempotency_by_age ON idempotency (centre, created_at);
