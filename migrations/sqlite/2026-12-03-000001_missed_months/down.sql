PRAGMA defer_foreign_keys = ON;
CREATE TABLE submissions_aside AS SELECT * FROM submissions;
DROP TABLE submissions;
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
INSERT INTO submissions SELECT * FROM submissions_aside WHERE state <> 'missed';
DROP TABLE submissions_aside;
CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions BEGIN SELECT RAISE(ABORT, 'submissions are never deleted'); END;
CREATE TRIGGER submissions_stay_frozen BEFORE UPDATE ON submissions WHEN OLD.digest IS NOT NULL AND NEW.digest IS NOT OLD.digest BEGIN SELECT RAISE(ABORT, 'a frozen submission keeps its packet'); END;
