-- 每周分类梳理: one session a week. A row that is missed says that a week ended without one.
CREATE TABLE triage_sessions (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    week TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, week),
    CHECK (length(week) = 8),
    CHECK (version > 0),
    CHECK (state IN ('open', 'held', 'missed'))
) STRICT;
CREATE TRIGGER triage_sessions_no_delete BEFORE DELETE ON triage_sessions BEGIN SELECT RAISE(ABORT, 'triage_sessions are never deleted'); END;

-- 部门协调会议.
CREATE TABLE meetings (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    CHECK (version > 0),
    CHECK (state IN ('called', 'held', 'cancelled'))
) STRICT;
CREATE TRIGGER meetings_no_delete BEFORE DELETE ON meetings BEGIN SELECT RAISE(ABORT, 'meetings are never deleted'); END;

-- What is on whose agenda. An impasse waits for one meeting at a time.
CREATE TABLE meeting_items (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    meeting TEXT NOT NULL,
    impasse TEXT NOT NULL,
    waits INTEGER NOT NULL CHECK (waits IN (0, 1)),
    PRIMARY KEY (centre, meeting, impasse),
    FOREIGN KEY (centre, meeting) REFERENCES meetings (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id)
) STRICT;
CREATE UNIQUE INDEX meeting_items_waiting ON meeting_items (centre, impasse) WHERE waits;

-- Departments that know of a meeting: those invited, and those it gave something to do.
CREATE TABLE meeting_departments (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    department TEXT NOT NULL,
    meeting TEXT NOT NULL,
    PRIMARY KEY (centre, department, meeting),
    FOREIGN KEY (centre, department) REFERENCES departments (centre, code),
    FOREIGN KEY (centre, meeting) REFERENCES meetings (centre, id)
) STRICT;

-- 呈报件: what was frozen for the government, as the bytes that its digest is of. Never changed, never deleted.
CREATE TABLE submission_packets (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    month TEXT NOT NULL,
    digest TEXT NOT NULL,
    frozen_at TEXT NOT NULL,
    packet TEXT NOT NULL,
    PRIMARY KEY (centre, month),
    UNIQUE (centre, month, digest),
    CHECK (length(digest) = 64)
) STRICT;
CREATE TRIGGER submission_packets_no_update BEFORE UPDATE ON submission_packets BEGIN SELECT RAISE(ABORT, 'submission_packets is append-only'); END;
CREATE TRIGGER submission_packets_no_delete BEFORE DELETE ON submission_packets BEGIN SELECT RAISE(ABORT, 'submission_packets is append-only'); END;

-- 每月提交市政府: one a month. From the freeze on it names its packet, and keeps naming it.
CREATE TABLE submissions (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    month TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    digest TEXT,
    number TEXT,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, month),
    UNIQUE (centre, number),
    FOREIGN KEY (centre, month, digest) REFERENCES submission_packets (centre, month, digest),
    CHECK (length(month) = 7),
    CHECK (version > 0),
    CHECK (state IN ('draft', 'frozen', 'submitted', 'complete')),
    CHECK ((state = 'draft') = (digest IS NULL)),
    CHECK ((state IN ('draft', 'frozen')) = (number IS NULL))
) STRICT;
CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions BEGIN SELECT RAISE(ABORT, 'submissions are never deleted'); END;
CREATE TRIGGER submissions_stay_frozen BEFORE UPDATE ON submissions WHEN OLD.digest IS NOT NULL AND NEW.digest IS NOT OLD.digest BEGIN SELECT RAISE(ABORT, 'a frozen submission keeps its packet'); END;
