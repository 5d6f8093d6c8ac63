-- 好差评: what applicants said of the service in a case, once for each stage of it and once more, and never changed. The
-- window and the department are those that the case had then.
CREATE TABLE ratings (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    case_id TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('intake', 'handling', 'delivery')),
    sequence INTEGER NOT NULL CHECK (sequence IN (1, 2)),
    id TEXT NOT NULL,
    level INTEGER NOT NULL CHECK (level IN (1, 2, 3, 4, 5)),
    anonymous INTEGER NOT NULL CHECK (anonymous IN (0, 1)),
    channel TEXT NOT NULL,
    tags TEXT NOT NULL,
    words TEXT,
    window_code TEXT NOT NULL,
    department TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (centre, case_id, stage, sequence),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
) STRICT;
CREATE UNIQUE INDEX ratings_by_id ON ratings (centre, id);
CREATE INDEX ratings_by_window ON ratings (centre, window_code, id);
CREATE INDEX ratings_by_department ON ratings (centre, department, id);
CREATE TRIGGER ratings_no_update BEFORE UPDATE ON ratings BEGIN SELECT RAISE(ABORT, 'ratings is append-only'); END;
CREATE TRIGGER ratings_no_delete BEFORE DELETE ON ratings BEGIN SELECT RAISE(ABORT, 'ratings is append-only'); END;
