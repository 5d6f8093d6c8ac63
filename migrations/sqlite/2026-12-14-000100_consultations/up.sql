-- 咨询: what was asked at the hall, at which window it is answered for and by whom, and to which it is offered. Ended is ended.
CREATE TABLE consultations (
    centre TEXT NOT NULL CHECK (length(centre) = 6),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    window_code TEXT NOT NULL,
    held_at TEXT NOT NULL,
    offered_to TEXT,
    fallback TEXT NOT NULL,
    responsible TEXT,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    applicant TEXT,
    case_id TEXT,
    impasse TEXT,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, impasse),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id),
    CHECK (version > 0),
    CHECK (open OR responsible IS NULL),
    CHECK (open OR offered_to IS NULL),
    CHECK (NOT open OR impasse IS NULL)
) STRICT;
CREATE INDEX consultations_by_window ON consultations (centre, window_code, id);
CREATE INDEX consultations_by_holder ON consultations (centre, held_at, id);
CREATE INDEX consultations_by_offer ON consultations (centre, offered_to, id);
CREATE INDEX consultations_by_fallback ON consultations (centre, fallback, id);
CREATE INDEX consultations_by_responsible ON consultations (centre, responsible, id);
CREATE INDEX consultations_by_applicant ON consultations (centre, applicant, id);
CREATE TRIGGER consultations_no_delete BEFORE DELETE ON consultations BEGIN SELECT RAISE(ABORT, 'consultations are never deleted'); END;
CREATE TRIGGER consultations_end_once BEFORE UPDATE ON consultations WHEN NOT OLD.open BEGIN SELECT RAISE(ABORT, 'a consultation that has ended stays as it is'); END;
