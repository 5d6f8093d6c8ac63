-- 咨询: what was asked at the hall, at which window it is answered for and by whom, and to which it is offered. Ended is ended.
CREATE TABLE consultations (
    centre TEXT COLLATE "C" NOT NULL CHECK (length(centre) = 6),
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    window_code TEXT COLLATE "C" NOT NULL,
    held_at TEXT COLLATE "C" NOT NULL,
    offered_to TEXT COLLATE "C",
    fallback TEXT COLLATE "C" NOT NULL,
    responsible TEXT COLLATE "C",
    open BOOLEAN NOT NULL,
    applicant TEXT COLLATE "C",
    case_id TEXT COLLATE "C",
    impasse TEXT COLLATE "C",
    head TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (centre, id),
    UNIQUE (centre, impasse),
    FOREIGN KEY (centre, applicant) REFERENCES parties (centre, id),
    FOREIGN KEY (centre, case_id) REFERENCES cases (centre, id),
    FOREIGN KEY (centre, impasse) REFERENCES impasses (centre, id),
    CHECK (version > 0),
    CHECK (open OR responsible IS NULL),
    CHECK (open OR offered_to IS NULL),
    CHECK (NOT open OR impasse IS NULL)
);
CREATE INDEX consultations_by_window ON consultations (centre, window_code, id);
CREATE INDEX consultations_by_holder ON consultations (centre, held_at, id);
CREATE INDEX consultations_by_offer ON consultations (centre, offered_to, id);
CREATE INDEX consultations_by_fallback ON consultations (centre, fallback, id);
CREATE INDEX consultations_by_responsible ON consultations (centre, responsible, id);
CREATE INDEX consultations_by_applicant ON consultations (centre, applicant, id);
CREATE TRIGGER consultations_no_delete BEFORE DELETE ON consultations FOR EACH ROW EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER consultations_no_truncate BEFORE TRUNCATE ON consultations FOR EACH STATEMENT EXECUTE PROCEDURE refuse_change();
CREATE TRIGGER consultations_end_once BEFORE UPDATE ON consultations FOR EACH ROW WHEN (NOT OLD.open) EXECUTE PROCEDURE refuse_change();
