-- 每周分类梳理: one session a week. A row that is missed says that a week ended without one.
CREATE TABLE triage_sessions (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    week TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, week),
    CHECK (length(week) = 8),
    CHECK (version > 0),
    CHECK (state IN ('open', 'held', 'missed'))
);
CREATE TRIGGER triage_sessions_no_delete BEFORE DELETE ON triage_sessions FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER triage_sessions_no_truncate BEFORE TRUNCATE ON triage_sessions FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

-- 部门协调会议.
CREATE TABLE meetings (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP NOT NULL,
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, id),
    CHECK (version > 0),
    CHECK (state IN ('called', 'held', 'cancelled'))
);
CREATE TRIGGER meetings_no_delete BEFORE DELETE ON meetings FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER meetings_no_truncate BEFORE TRUNCATE ON meetings FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

-- What is on whose agenda. An impasse waits for one meeting at a time.
CREATE TABLE meeting_items (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    meeting TEXT COLLATE "C" NOT NULL,
    impasse TEXT COLLATE "C" NOT NULL,
    waits BOOLEAN NOT NULL,
    PRIMARY KEY (centre, meeting, impasse),
    FOREIGN KEY (centre, meeting) REFERENCES meetings (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id)
);
CREATE UNIQUE INDEX meeting_items_waiting ON meeting_items (centre, impasse) WHERE waits;

-- Departments that know of a meeting: those invited, and those it gave something to do.
CREATE TABLE meeting_departments (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    department TEXT COLLATE "C" NOT NULL,
    meeting TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, department, meeting),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, meeting) REFERENCES meetings (centre, id)
);

-- 呈报件: what was frozen for the government, as the bytes that its digest is of. Never changed, never deleted.
CREATE TABLE submission_packets (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    month TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    frozen_at TIMESTAMP NOT NULL,
    packet TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, month),
    UNIQUE (centre, month, digest),
    CHECK (length(digest) = 64)
);
CREATE TRIGGER submission_packets_append_only BEFORE UPDATE OR DELETE ON submission_packets FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER submission_packets_no_truncate BEFORE TRUNCATE ON submission_packets FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();

-- 每月提交市政府: one a month. From the freeze on it names its packet, and keeps naming it.
CREATE TABLE submissions (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    month TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C",
    number TEXT COLLATE "C",
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, month),
    UNIQUE (centre, number),
    FOREIGN KEY (centre, month, digest) REFERENCES submission_packets (centre, month, digest),
    CHECK (length(month) = 7),
    CHECK (version > 0),
    CHECK (state IN ('draft', 'frozen', 'submitted', 'complete')),
    CHECK ((state = 'draft') = (digest IS NULL)),
    CHECK ((state IN ('draft', 'frozen')) = (number IS NULL))
);
CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER submissions_no_truncate BEFORE TRUNCATE ON submissions FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER submissions_stay_frozen BEFORE UPDATE ON submissions FOR EACH ROW WHEN (OLD.digest IS NOT NULL AND NEW.digest IS DISTINCT FROM OLD.digest) EXECUTE PROCEDURE refuse_change();
