-- 好差评: what applicants said of the service in a case, once for each stage of it and once more, and never changed. The
-- window and the department are those that the case had then.
CREATE TABLE ratings (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    case_id TEXT COLLATE "C" NOT NULL,
    stage TEXT COLLATE "C" NOT NULL CHECK (stage IN ('intake', 'handling', 'delivery')),
    sequence INTEGER NOT NULL CHECK (sequence IN (1, 2)),
    id TEXT COLLATE "C" NOT NULL,
    level INTEGER NOT NULL CHECK (level IN (1, 2, 3, 4, 5)),
    anonymous BOOLEAN NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    tags TEXT NOT NULL,
    words TEXT,
    window_code TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (centre, case_id, stage, sequence),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id)
);
CREATE UNIQUE INDEX ratings_by_id ON ratings (centre, id);
CREATE INDEX ratings_by_window ON ratings (centre, window_code, id);
CREATE INDEX ratings_by_department ON ratings (centre, department, id);
CREATE TRIGGER ratings_append_only BEFORE UPDATE OR DELETE ON ratings FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER ratings_no_truncate BEFORE TRUNCATE ON ratings FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();
